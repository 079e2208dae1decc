"""Links that are dead and answer 200: English papers, portals and forums that say so, each in its own words."""

from __future__ import annotations

from tests.bed.behaviour import Behaviour
from tests.bed.pages import Style, paper
from tests.bed.soft import alone, everywhere, notice

_BROAD, _BLOG, _PORTAL, _TABLES, _MAGAZINE, _TABLOID = Style


def english() -> list[Behaviour]:
    """Sites in English that say it, each in its own words."""
    wexmoor, mercury = paper("The Wexmoor Courier"), paper("Bay Mercury News", style=_TABLOID)
    lantern, inkwell = paper("The Lantern", style=_MAGAZINE), paper("Inkwell & Oak", style=_BLOG)
    stream, wire = paper("Hooli News", style=_TABLOID), paper("Continental Press Hosted", style=_TABLES)
    county, forum = paper("Marlow County Council"), paper("Harbour Talk Forum", style=_TABLES)
    video, star = paper("ViewTube", style=_MAGAZINE), paper("Evening Star-Gazette", style=_PORTAL)
    return [
        everywhere(
            "wexmoor",
            wexmoor,
            "harbour-ferry-grounding",
            notice(
                wexmoor,
                "Page not found | The Wexmoor Courier",
                "<h1>Sorry, we can&rsquo;t find that page</h1><p>You may have followed an old link or typed the"
                " address wrongly. Try the search above, or one of these.</p>",
                around=8,
            ),
            "the classic: a friendly page that says so and goes on with headlines",
        ),
        everywhere(
            "bay-mercury",
            mercury,
            "wheat-rust-valley",
            notice(
                mercury,
                "Bay Mercury News: breaking news, sport, weather",
                "<p>We can't seem to find what you're after. It may have been archived, or its address may have"
                " changed since you saved it.</p>",
                around=10,
                summaries=True,
            ),
            "one small sentence among ten teasers with their first paragraphs; the title is the paper's",
        ),
        alone(
            "lantern-rights",
            lantern,
            "museum-heist-coins",
            notice(
                lantern,
                "Removed: article - The Lantern",
                "<h1 class='c-headline'>Thieves take Roman coins from provincial museum in four minutes</h1>"
                "<div class='c-body'><p>This article has been removed as our copyright for it has expired.</p></div>",
            ),
            "the headline still stands, the text is withdrawn; made-up addresses get an honest 404",
        ),
        everywhere(
            "hooli-news",
            stream,
            "tram-line-opening",
            notice(
                stream,
                "Hooli News - Latest News & Headlines",
                "<p>Sorry, the page you requested was not found. Please check the URL for proper spelling and"
                " capitalization. If you're having trouble locating a destination on Hooli, try visiting the home"
                " page or look through a list of our online services.</p><h2>Top stories</h2>",
                around=12,
                summaries=True,
            ),
            "a portal's error above its endless stream of stories",
        ),
        everywhere(
            "hosted-wire",
            wire,
            "glacier-lake-drained",
            notice(
                wire,
                "Hosted news",
                "<b>The story you have requested is no longer available.</b><br><br>"
                "Wire stories are kept for thirty days. Please visit our members' sites for current reports.",
            ),
            "agency stories hosted for a month, then this",
        ),
        everywhere(
            "inkwell",
            inkwell,
            "bank-merger-blocked",
            notice(
                inkwell,
                "Page not found &#8211; Inkwell & Oak",
                '<section class="no-results not-found"><header class="page-header"><h1 class="page-title">Oops! That'
                " page can&rsquo;t be found.</h1></header><p>It looks like nothing was found at this location. Maybe"
                " try one of the links below or a search?</p></section>",
                around=6,
            ),
            "WordPress behind a proxy that turns 404 into 200",
        ),
        everywhere(
            "inkwell-search",
            paper("Salt & Vinegar Review", style=_BLOG),
            "bridge-closure-cables",
            notice(
                paper("Salt & Vinegar Review", style=_BLOG),
                "Salt & Vinegar Review",
                '<section class="no-results"><h1 class="page-title">Nothing Found</h1><p>It seems we can&rsquo;t find'
                " what you&rsquo;re looking for. Perhaps searching can help.</p></section>",
            ),
            "a theme without a 404 template shows its empty search",
        ),
        everywhere(
            "marlow-council",
            county,
            "marathon-record",
            notice(
                county,
                "Welcome to our new website - Marlow County Council",
                "<h1>We've launched a new website</h1><p>Following the launch of our new site in April, bookmarks and"
                " links to our old site will no longer work. Please use the search or the A to Z of services to find"
                " what you need, and remember to update your favourites.</p>",
                around=6,
            ),
            "a relaunch without redirects: every old address greets you",
        ),
        everywhere(
            "harbour-talk",
            forum,
            "vaccine-cold-chain",
            notice(
                forum,
                "Harbour Talk - Information",
                '<table class="tablebg"><tr><th>Information</th></tr><tr><td align='
                '"center"><br>The requested topic does not exist.<br><br></td></tr></table>',
            ),
            "phpBB's words",
        ),
        everywhere(
            "vbulletin",
            paper("Angling Times Boards", style=_TABLES),
            "telescope-first-light",
            notice(
                paper("Angling Times Boards", style=_TABLES),
                "Angling Times Boards - vBulletin Message",
                "<b>vBulletin Message</b><br><br>No Thread specified. If you followed a valid link, please notify the"
                " <a href='/contact'>administrator</a>",
            ),
            "vBulletin's words for a thread that was pruned",
        ),
        everywhere(
            "viewtube",
            video,
            "school-strike-ends",
            notice(
                video,
                "ViewTube",
                "<div class='player'><h1>Video unavailable</h1><p>This video is no longer available"
                " because the uploader has closed their account.</p></div><h2>Up next</h2>",
                around=10,
                summaries=True,
            ),
            "the player says so, ten other videos follow",
        ),
        everywhere(
            "star-gazette",
            star,
            "volcano-evacuation",
            notice(
                star,
                "Evening Star-Gazette | Archive",
                "<div class='tit'>Archived story</div><p>Stories older than 90"
                " days are moved to our paid archive, which is at present being rebuilt by our partner. We apologise"
                " for the inconvenience.</p>",
                around=5,
            ),
            "the paid archive that is never rebuilt",
        ),
        alone(
            "syndicate-withdrawn",
            paper("Morning Ledger"),
            "insulin-price-hearing",
            notice(
                paper("Morning Ledger"),
                "Morning Ledger",
                "<h1>This content is no longer on our site</h1><p>It was"
                " provided by a third party and our agreement to show it has come to an end.</p>",
                around=6,
            ),
            "a partner's story taken off; all else on the site is in order",
        ),
        everywhere(
            "error-frame",
            paper("Daily Dispatch", style=_TABLOID),
            "rail-cyber-outage",
            notice(
                paper("Daily Dispatch", style=_TABLOID),
                "Error - Daily Dispatch",
                "<h2>Well, this is embarrassing</h2><p>There used to be something here. Our interns are looking for it"
                " under the sofa. Meanwhile, enjoy these.</p>",
                around=8,
                summaries=True,
            ),
            "jokes instead of a status",
        ),
    ]


BEHAVIOURS = english()
