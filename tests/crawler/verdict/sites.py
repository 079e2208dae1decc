"""Whole sites as functions, for links that are followed, compared and probed as a recheck does, without a network."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, urljoin, urlsplit

from archive.verdicts import Verdict
from crawler.checking.reading import Neighbourhood, Ours, Payload, Sight, look, place, sibling_texts
from crawler.verdict.answer import Answer, Hop, Match, NeedsProbes
from crawler.verdict.judge import judge
from crawler.verdict.page_facts import kind_of, page_facts
from crawler.verdict.probes import Probe, boilerplate, calibrate
from crawler.verdict.reading import Body, compare_body, fingerprint
from crawler.verdict.redirects import next_hop, sent_home_then
from crawler.verdict.siblings import sibling_urls

Reply = tuple[int, str]  # status, and the page or where a redirect leads
Site = Callable[[str, str, dict[str, str]], Reply]  # host, path, parameters
HTML = "text/html; charset=utf-8"


def fetched(site: Site, url: str) -> tuple[Answer, bytes]:
    """The last answer of the way that begins at `url`."""
    hops: list[Hop] = []
    end = url
    while True:
        parts = urlsplit(end)
        status, text = site(parts.hostname or "", parts.path, dict(parse_qsl(parts.query)))
        location = urljoin(end, text) if 300 <= status < 400 else ""
        data = b"" if location else text.encode()
        facts = page_facts(data, end, HTML) if data else None
        answer = Answer(
            url=url,
            final_url=end,
            hops=tuple(hops),
            status=status,
            headers=(("Location", location),) if location else (),
            mime="text/html",
            kind=kind_of(data, HTML),
            page=facts,
            payload_length=len(data),
        )
        hop = next_hop(answer)
        if hop is None or len(hops) > 9:
            return answer, data
        hops.append(hop)
        end = hop.target


def probe(site: Site, url: str) -> Probe:
    """What an address is answered, as `Probe` holds it."""
    answer, data = fetched(site, url)
    texts = sibling_texts((Payload(data=data, coding=None, content_type=HTML, url=answer.end), url))
    return Probe(url=url, final_url=answer.end, status=answer.status or 0, **texts)


def rechecked(url: str, now: Site, then: Site | None = None) -> Verdict:
    """What a check of `url` comes to today; `then` is the site as it was when our copy was made."""
    answer, data = fetched(now, url)
    ours = None
    if then is not None:
        ours = fingerprint(Body(data=fetched(then, url)[1], content_type=HTML, url=url))
    body = Body(data=data, content_type=HTML, url=answer.end)
    match: Match | None = compare_body(ours, body)[0] if ours is not None and data else None
    found = judge(answer, match)
    if isinstance(found, Verdict):
        return found
    around = [probe(now, sibling) for sibling in sibling_urls(url, b"seed")]
    own = probe(now, url)
    if ours is not None:
        match = compare_body(ours, body, shared=boilerplate(own, *around))[0]
    found = judge(answer, match, calibrate(own, *around))
    assert isinstance(found, Verdict), "probes were given"
    return found


def first_checked(url: str, now: Site, then: Site) -> Verdict:
    """What the first check of `url` comes to, with a copy that nobody has found the link alive by."""
    copied, old = fetched(then, url)
    ours = None
    if old and not sent_home_then(url, copied.end):
        kept = fingerprint(Body(data=old, content_type=HTML, url=copied.end))
        ours = Ours(fingerprint=kept.to_bytes(), record_id="urn:uuid:copy", vetted=False)
    answer, data = fetched(now, url)
    payload = Payload(data=data, coding=None, content_type=HTML, url=answer.end)
    sight = Sight(payload=payload, answer=answer, ours=ours)
    found = look(sight).found
    if isinstance(found, NeedsProbes):
        first, second = (probe(now, sibling) for sibling in sibling_urls(url, b"seed"))
        found = place(Neighbourhood(sight=sight, siblings=(first, second))).found
    assert isinstance(found, Verdict), "the way was gone to its end"
    return found
