"""A page that needs all a page can need, on two hosts, for the replay in a browser."""

from __future__ import annotations

import colorsys
from io import BytesIO
from pathlib import Path

from PIL import Image

from tests.judges.programs import JUDGES
from tests.web.byte_server import ByteServer, ok

FONTS = JUDGES / "lib"
FONT = "glyphicons-halflings-regular"

PAGE = """<!doctype html>
<html><head>
<meta charset="utf-8"><title>All a page can need</title>
<base href="/deep/er/">
<link rel="icon" href="../icon.png" type="image/png">
<link rel="stylesheet" href="style.css">
<link rel="stylesheet" media="print" href="print.css">
<style>#inline {{ background: url('inline.png') }}</style>
<script src="{other}/lazy.js" defer></script>
</head><body>
<h1>All a page can need</h1>
<img id="plain" src="plain.png" alt="">
<img id="set" src="small.png" srcset="small.png 1x, large.png 2x" alt="">
<img id="sized" src="w100.png" srcset="w100.png 100w, w2000.png 2000w" sizes="100vw" alt="">
<picture><source type="image/webp" srcset="picture.webp"><img id="picture" src="picture.png" alt=""></picture>
<picture><source media="(min-width: 9000px)" srcset="huge.png"><img id="media" src="media.png" alt=""></picture>
<img id="lazy" data-src="lazy.png" alt="">
<img id="lazyset" data-srcset="lazy-1.png 1x, lazy-2.png 2x" alt="">
<img id="native" loading="lazy" src="native.png" alt="">
<noscript><img src="noscript.png" alt=""></noscript>
<img id="cdn" src="{other}/cdn.png" alt="">
<img id="query" src="q.png?a=1&amp;b=2" alt="">
<img id="encoded" src="%E5%9B%BE%20one.png" alt="">
<img id="moved" src="moved.png" alt="">
<img id="gone" src="gone.png" alt="">
<video id="video" poster="poster.png" controls></video>
<iframe id="frame" src="frame.html" width="300" height="80"></iframe>
<div id="inline">inline</div><div id="one">one</div><div id="two">two</div><div id="three">three</div>
<div id="attribute" style="background-image: url(&quot;attribute.png&quot;)">attribute</div>
<div id="letters" class="letters">&#x2a;&#xe001;</div><div class="letters2">&#xe001;</div>
<div id="added" data-original="added.png"></div>
</body></html>"""

STYLE = """@import url("one.css") screen;
@font-face {{ font-family: "Letters"; src: url("letters.woff2") format("woff2"), url(letters.ttf) format("truetype") }}
@font-face {{ font-family: "Other"; src: url("{other}/other.ttf") format("truetype") }}
.letters {{ font: 20px "Letters" }} .letters2 {{ font: 20px "Other" }}
body {{ color: rgb(1, 2, 3); background: url(body.png) }}"""
SHEETS = {
    "/deep/er/one.css": '@import "css/two.css"; #one { color: rgb(1, 1, 1); background: url(one.png) }',
    "/deep/er/css/two.css": "@import url(../../three.css); #two { color: rgb(2, 2, 2); background: url(two.png) }",
    "/deep/three.css": '#three { color: rgb(3, 3, 3); background: url("three.png") }',
    "/deep/er/print.css": "body { color: black }",
}
LAZY = """for (const image of document.querySelectorAll('[data-src]')) image.src = image.dataset.src;
for (const image of document.querySelectorAll('[data-srcset]')) image.srcset = image.dataset.srcset;
const added = document.createElement('img');
added.src = document.getElementById('added').dataset.original;
document.getElementById('added').append(added);"""
FRAME = '<!doctype html><title>in</title><link rel=stylesheet href=frame.css><img src="frame.png"><p>framed</p>'
PICTURES = (
    "/deep/icon.png", "/deep/three.png", "/deep/er/css/two.png",
    *(f"/deep/er/{name}.png" for name in (
        "inline", "plain", "small", "large", "w100", "w2000", "picture", "huge", "media", "lazy", "lazy-1", "lazy-2",
        "native", "noscript", "there", "poster", "one", "attribute", "added", "body", "frame", "%E5%9B%BE%20one",
    )),
    "/deep/er/q.png?a=1&b=2",
)  # fmt: skip
# Pictures of the page that have to decode when it is shown.
SHOWN = ("plain", "set", "sized", "picture", "media", "lazy", "lazyset", "native", "cdn", "query", "encoded", "moved")


def serve(web: ByteServer, other: ByteServer) -> str:
    """Puts the page and all it needs on two servers; its URL."""
    origin = other.url("").rstrip("/")
    for each in (web, other):
        each.on("/robots.txt", ok(b"", b"Content-Type: text/plain"))
    web.on("/page.html", typed(PAGE.format(other=origin), "text/html"))
    web.on("/deep/er/style.css", typed(STYLE.format(other=origin), "text/css"))
    for path, sheet in SHEETS.items():
        web.on(path, typed(sheet, "text/css"))
    web.on("/deep/er/frame.html", typed(FRAME, "text/html"))
    web.on("/deep/er/frame.css", typed("p { color: rgb(4, 4, 4) }", "text/css"))
    web.on("/deep/er/moved.png", ok(b"", b"Location: there.png", status=b"302 Found"))
    web.on("/deep/er/letters.woff2", ok(font("woff2"), b"Content-Type: font/woff2"))
    web.on("/deep/er/letters.ttf", ok(font("ttf"), b"Content-Type: font/ttf"))
    other.on("/other.ttf", ok(font("ttf") + b"\0", b"Content-Type: font/ttf", b"Access-Control-Allow-Origin: *"))
    other.on("/lazy.js", typed(LAZY, "text/javascript"))
    other.on("/cdn.png", ok(picture(99), b"Content-Type: image/png"))
    for number, path in enumerate(PICTURES):
        web.on(path, ok(picture(number), b"Content-Type: image/png"))
    web.on("/deep/er/picture.webp", ok(picture(98, "webp"), b"Content-Type: image/webp"))
    return web.url("/page.html")


def typed(text: str, mime: str) -> bytes:
    """An answer of text."""
    return ok(text.encode(), f"Content-Type: {mime}; charset=utf-8".encode())


def picture(number: int, kind: str = "png") -> bytes:
    """A picture of one colour, another for each number."""
    red, green, blue = (int(255 * part) for part in colorsys.hsv_to_rgb(number / 100, 0.6, 0.9))
    out = BytesIO()
    Image.new("RGB", (40 + number, 30), (red, green, blue)).save(out, kind)
    return out.getvalue()


def font(kind: str) -> bytes:
    """A real font: one that pywb brings along."""
    (found,) = FONTS.glob(f"python*/site-packages/pywb/static/fonts/{FONT}.{kind}")
    return Path(found).read_bytes()
