"""Links that are plainly dead, links that fail, links that are none, and links that say something else now."""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

from dataclasses import replace

from tests.bed.answers import (
    PLAIN_404,
    Answer,
    End,
    Script,
    answer,
    cut,
    elsewhere,
    ends,
    html,
    made,
    raw,
    redirect,
    site,
)
from tests.bed.articles import article
from tests.bed.behaviour import Behaviour, as_cited, link
from tests.bed.pages import Paper, Style, article_page, notice_page, paper, teasers

_CHARLTON = paper("Charlton Chronicle")
_ORBIT = paper("The Orbit", style=Style.MAGAZINE)
_HUBEI = paper("楚天在线", "zh", Style.PORTAL)
_BLOG = paper("Notes from the Fen", style=Style.BLOG)


def gone() -> list[Behaviour]:
    """404 and 410, however they look; names that are gone."""
    charlton, orbit = site("charlton.test", _CHARLTON), site("orbit.test", _ORBIT)
    hubei, fen = site("chutian.test", _HUBEI, PLAIN_404), site("fen.test", _BLOG)
    nameless = site("closed-paper.invalid", _CHARLTON, address=None)
    nameless_too = site("www.folded-magazine.invalid", _ORBIT, address=None)
    tale = article("satellite-broadband-islands")
    friendly = made(
        lambda asked: notice_page(
            _ORBIT, "The Orbit", teasers(_ORBIT, str(asked.serial), 12, summaries=True), seed=str(asked.serial)
        ),
        status=404,
    )
    return [
        link("404-nginx", charlton, "harbour-ferry-grounding", PLAIN_404, "gone", "nginx's own page"),
        link("404-recommendations", orbit, "wheat-rust-valley", friendly, "gone", "a 404 full of other stories"),
        link(
            "404-with-article",
            fen,
            tale.slug,
            html(article_page(_BLOG, tale), status=404),
            "gone",
            "the article comes, and the status says 404: servers are taken at their word",
        ),
        link(
            "410", charlton, "museum-heist-coins", html("<h1>410 Gone</h1>", status=410), "gone", "taken down for good"
        ),
        link(
            "404-chinese",
            hubei,
            "ditie-kaitong",
            html(notice_page(_HUBEI, "404", "<p>页面找不到了</p>"), status=404),
            "gone",
            "an honest Chinese error page",
        ),
        link(
            "404-empty",
            orbit,
            "tram-line-opening",
            answer(b"", "text/html", status=404),
            "gone",
            "a 404 without a body",
        ),
        link(
            "404-behind-redirects",
            fen,
            "glacier-lake-drained",
            redirect("/moved/glacier", 301),
            "gone",
            "moved, and gone from there",
        ),
        link("404-never-held", charlton, "prison-library", PLAIN_404, "gone", "we came too late", captured=False),
        link("dns-gone", nameless, "bank-merger-blocked", PLAIN_404, "dns_gone", "the name is no more"),
        link("dns-gone-www", nameless_too, "marathon-record", PLAIN_404, "dns_gone", "the name is no more"),
    ]


def failing() -> list[Behaviour]:
    """Hosts that break off, stall, loop and stumble. Every one for itself: a host's failure says nothing of a link."""

    def alone(name: str, slug: str, now: Script, states: str, why: str, **more: object) -> Behaviour:
        where = site(f"{name}.test", _CHARLTON, **more)  # type: ignore[arg-type]
        return link(name, where, slug, now, states, why)

    whole = as_cited(site("x.test", _CHARLTON), "vaccine-cold-chain")
    hops = redirect(lambda asked: f"/hop/{int(asked.path.rpartition('/')[2] or 0) + 1}")
    first_hop = redirect("/hop/1")
    error = html("<html><body><h1>502 Bad Gateway</h1><hr>nginx</body></html>", status=502)
    iis = html(
        "<h2>500 - Internal server error.</h2><h3>There is a problem with the resource you are looking for, and it"
        " cannot be displayed.</h3>",
        status=500,
    )
    hibernate = html("<h1>521: Web server is down</h1>", status=521)
    bad_request = html("<h1>Bad Request (Invalid Hostname)</h1>", status=400)
    return [
        alone(
            "refused-port",
            "bridge-closure-cables",
            PLAIN_404,
            "conn_refused",
            "nobody listens any more",
            address="127.0.0.9",
        ),
        alone("resets", "marathon-record", ends(End.RESET), "conn_reset", "the connection is reset at each request"),
        alone(
            "hangs-up",
            "telescope-first-light",
            ends(End.CLOSE),
            "conn_reset protocol_error",
            "the connection ends without an answer: a reset to some, no HTTP to others",
        ),
        alone("stalls", "school-strike-ends", ends(End.HANG), "timeout", "connects, and never says a word"),
        alone(
            "cut-off",
            "vaccine-cold-chain",
            cut(whole, 0.05),
            "truncated",
            "the body ends long before its Content-Length",
        ),
        alone(
            "cut-by-reset",
            "volcano-evacuation",
            cut(whole, 0.05, End.RESET),
            "truncated conn_reset",
            "reset in the middle of the body",
        ),
        alone(
            "no-http",
            "orchestra-saved",
            raw(b"220 mail.example ESMTP Postfix\r\n"),
            "protocol_error",
            "a mail server answers",
        ),
        alone(
            "two-loop",
            "rail-cyber-outage",
            redirect("/a"),
            "redirect_loop",
            "two addresses lead to each other",
            pages={"/a": redirect("/b"), "/b": redirect("/a")},
        ),
        alone(
            "self-loop",
            "river-dolphin-count",
            redirect(lambda asked: asked.target, 301),
            "redirect_loop",
            "leads to itself",
        ),
        alone(
            "endless-hops",
            "parliament-budget-night",
            first_hop,
            "redirect_loop",
            "more hops than anybody follows",
            unknown=hops,
        ),
        alone(
            "no-location",
            "apple-orchard-frost",
            html("", status=302),
            "protocol_error client_error redirect_loop empty",
            "a redirect that does not say where to",
        ),
        alone("server-error", "oil-spill-cleanup", iis, "server_error", "500 for ever"),
        alone("bad-gateway", "chess-teen-champion", error, "server_error", "502 for ever"),
        alone(
            "origin-down", "water-main-flood", hibernate, "server_error", "a CDN's own code for a machine that is down"
        ),
        alone(
            "unavailable",
            "lighthouse-automation",
            html("<h1>Down for maintenance</h1><p>We will be back soon.</p>", status=503),
            "server_error",
            "maintenance, with the right status",
        ),
        alone(
            "bad-request", "insulin-price-hearing", bad_request, "client_error", "the host knows its own name no more"
        ),
        alone("not-acceptable", "glacier-lake-drained", html("<h1>406</h1>", status=406), "client_error", "406"),
        alone("no-content", "tram-line-opening", lambda _: Answer(status=204, reason="No Content"), "empty", "204"),
        alone("no-bytes", "museum-heist-coins", answer(b"", "text/html"), "empty", "200 and not a byte"),
        alone(
            "private-redirect",
            "wheat-rust-valley",
            redirect("http://10.20.30.40/story/17"),
            "refused_address",
            "leads to somebody's intranet, where we do not go",
        ),
        alone(
            "metadata-redirect",
            "prison-library",
            redirect("http://169.254.169.254/latest/meta-data/"),
            "refused_address",
            "leads to a cloud's own address",
        ),
        alone(
            "bad-location",
            "domain-sale-record",
            redirect("http://[half/an/address"),
            "protocol_error client_error redirect_loop malformed_url",
            "leads to what is no address",
        ),
        alone(
            "ftp-location",
            "captcha-study",
            redirect("ftp://files.example/story.txt"),
            "protocol_error client_error redirect_loop unsupported_scheme",
            "leads to where no browser goes",
        ),
        alone(
            "maintenance-200",
            "paywall-trial",
            made(
                lambda asked: (
                    "<html><head><title>Scheduled maintenance</title></head><body><h1>We'll be back soon!</h1><p>Sorry"
                    " for the inconvenience, we're performing some maintenance at the moment and will be online again shortly."
                    " The team</p></body></html>"
                )
            ),
            "server_error content_drifted blocked ok",
            "maintenance with the wrong status: wrong to call it dead, whatever else is said",
            unknown=html(
                "<html><head><title>Scheduled maintenance</title></head><body><h1>We'll be back soon!</h1><p>Sorry for"
                " the inconvenience, we're performing some maintenance at the moment and will be online again shortly. The"
                " team</p></body></html>"
            ),
        ),
    ]


def secured() -> list[Behaviour]:
    """TLS that cannot be trusted. The text decides whether it is the link's own host."""

    def over_tls(
        name: str, slug: str, now: Script | None, states: str, why: str, certificate: str, **more: object
    ) -> Behaviour:
        where = site(f"{name}.test", _ORBIT, scheme="https", certificate=certificate)
        return link(name, where, slug, now, states, why, **more)  # type: ignore[arg-type]

    plesk = html(
        "<html><head><title>Default Plesk Page</title></head><body><h1>Web Server's Default Page</h1><p>This page is"
        " generated by Plesk, the leading hosting automation software.</p></body></html>"
    )
    return [
        over_tls("tls-good", "harbour-ferry-grounding", None, "ok", "all is well", "good"),
        over_tls(
            "tls-expired",
            "wheat-rust-valley",
            None,
            "ok_insecure",
            "a certificate run out, and our text behind it",
            "expired",
        ),
        over_tls("tls-self-signed", "museum-heist-coins", None, "ok_insecure", "a certificate of its own", "self"),
        over_tls("tls-wrong-host", "tram-line-opening", None, "ok_insecure", "another host's certificate", "wrong"),
        over_tls(
            "tls-expired-other",
            "glacier-lake-drained",
            plesk,
            "tls_error",
            "a certificate run out, and a hoster's page",
            "expired",
        ),
        over_tls(
            "tls-wrong-unheld",
            "bank-merger-blocked",
            None,
            "tls_error",
            "another host's certificate, and no copy of ours to know the text by",
            "wrong",
            captured=False,
        ),
        over_tls(
            "tls-self-404",
            "prison-library",
            PLAIN_404,
            "tls_error gone",
            "nobody we can trust says that it is gone",
            "self",
        ),
    ]


def none_at_all() -> list[Behaviour]:
    """What is no address, or none of the web's."""
    where = site("malformed.test", _BLOG)

    def odd(name: str, href: str, states: str, why: str) -> Behaviour:
        return replace(
            link(name, where, "chess-teen-champion", None, states, why, href=href, path=f"/{name}"), cites=False
        )

    return [
        odd("blank-in-host", "http://exa mple.test/news/2016", "malformed_url", "a blank in the host"),
        odd("no-host", "http:///news/2016/02/story.html", "malformed_url", "no host"),
        odd("bad-port", "http://malformed.test:99999/story", "malformed_url", "a port that cannot be one"),
        odd("half-bracket", "http://[2001:db8::1/story", "malformed_url", "half an IPv6 address"),
        odd("no-scheme", "www.malformed/story page", "malformed_url", "neither scheme nor sense"),
        odd("ftp", "ftp://ftp.malformed.test/pub/report.txt", "unsupported_scheme", "FTP"),
        odd("mailto", "mailto:editor@malformed.test", "unsupported_scheme", "a mail address"),
        odd("javascript", "javascript:void(0)", "unsupported_scheme", "a script"),
    ]


def changed() -> list[Behaviour]:
    """Pages that are there and say something else."""
    weather = paper("Bureau of Tides and Weather")
    id_reuse, brand = paper("Fjord Avis", style=Style.MAGAZINE), paper("Lakeside Live", style=Style.TABLOID)

    def other(name: str, of: str, now_slug: str, why: str, look: Paper) -> Behaviour:
        where = site(f"{name}.test", look)
        return link(
            name,
            where,
            of,
            html(article_page(look, article(now_slug), seed="years later")),
            "content_drifted",
            why,
            path="/story?id=4711",
        )

    forecast = "<h1>Coastal forecast</h1><p>{}</p>"
    then = html(
        notice_page(
            weather,
            "Forecast",
            forecast.format(
                "Gale warning. South-westerly eight to nine, veering north-westerly, occasionally storm ten in the western approaches."
                " Rain, then squally showers of sleet. Visibility moderate, at times poor. Waves of seven metres are expected off the"
                " cape before noon; small craft should remain in harbour until Thursday evening."
            ),
        )
    )
    now = html(
        notice_page(
            weather,
            "Forecast",
            forecast.format(
                "High pressure has settled over the gulf. Light airs, smooth sea, and haze clearing by mid-morning. Swimmers are"
                " reminded of jellyfish along the eastern beaches. Temperatures reach twenty-nine degrees inland, while a breeze keeps"
                " the islands a little cooler. Sunset will be at twenty-one minutes past nine."
            ),
        )
    )
    return [
        other(
            "number-reused",
            "lighthouse-automation",
            "volcano-evacuation",
            "the number was given to another story",
            id_reuse,
        ),
        other(
            "number-reused-again",
            "orchestra-saved",
            "insulin-price-hearing",
            "the number was given to another story",
            brand,
        ),
        other("number-reused-zh", "gutu-chuban", "waimai-anquan", "the number was given to another story", _HUBEI),
        link(
            "todays-forecast",
            site("tides-bureau.test", weather),
            "harbour-ferry-grounding",
            now,
            "ok",
            "a page that is rewritten each day, under its old headline",
            then=then,
            path="/forecast/coast",
        ),
        link(
            "moved-to-another",
            site("fjord-redirects.test", id_reuse),
            "apple-orchard-frost",
            elsewhere("charlton.test", "/2015/another.html", 301),
            "gone",
            "sent to another paper, which knows nothing of it",
        ),
    ]


BEHAVIOURS = [*gone(), *failing(), *secured(), *none_at_all(), *changed()]
