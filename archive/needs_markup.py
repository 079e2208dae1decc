"""Which attributes of which elements name what a page needs (pure): the tables behind archive.needs_html.

HTML Living Standard, section 4 (and what it calls obsolete), SVG 2, AMP, and the attributes in which the common scripts
for lazy loading keep an address until it is wanted.
"""

from __future__ import annotations

import re

from archive.model import Role

I, M, O = Role.IMAGE, Role.MEDIA, Role.OTHER  # noqa: E741 - letters keep the tables in shape

# (element, attribute) -> role of the one address it holds
PLAIN = {
    ("img", "src"): I, ("img", "lowsrc"): I, ("image", "src"): I, ("input", "src"): I, ("amp-img", "src"): I,
    ("amp-anim", "src"): I, ("script", "src"): Role.SCRIPT, ("iframe", "src"): Role.FRAME,
    ("frame", "src"): Role.FRAME, ("amp-iframe", "src"): Role.FRAME, ("video", "src"): M,
    ("video", "poster"): Role.POSTER, ("amp-video", "src"): M, ("amp-video", "poster"): Role.POSTER,
    ("audio", "src"): M, ("amp-audio", "src"): M, ("source", "src"): M, ("track", "src"): M, ("bgsound", "src"): M,
    ("embed", "src"): M, ("html", "manifest"): Role.MANIFEST, ("image", "href"): I, ("feimage", "href"): I,
    ("use", "href"): I, ("script", "href"): Role.SCRIPT, ("image", "xlink:href"): I, ("feimage", "xlink:href"): I,
    ("use", "xlink:href"): I, ("script", "xlink:href"): Role.SCRIPT,
}  # fmt: skip
ANY_BACKGROUND = "background"  # body, table, td ...: browsers take it on those only, so did editors not

SRCSETS = frozenset({
    "srcset", "data-srcset", "data-lazy-srcset", "data-original-set", "data-original-srcset", "data-bgset",
    "data-src-set", "data-lazysrcset", "nitro-lazy-srcset", "lazy-srcset", "data-ll-srcset",
})  # fmt: skip

# Attributes of scripts that load late. The first set is looked at on the elements that load something ...
LAZY = frozenset({
    "data-src", "data-original", "data-lazy-src", "data-lazy", "data-hi-res-src", "data-image", "data-img",
    "data-img-src", "data-imgsrc", "data-image-src", "data-image-url", "data-imageurl", "data-original-src",
    "data-echo", "data-thumb", "data-thumbnail", "data-actualsrc", "data-croporisrc", "data-backsrc", "data-cfsrc",
    "data-ezsrc", "data-lazyload", "data-lazy-original", "data-flickity-lazyload", "data-desktop-src",
    "data-mobile-src", "data-src-retina", "data-retina", "data-at2x", "data-src-webp", "data-src-mobile",
    "data-src-desktop", "data-delayed-url", "data-iesrc", "data-runner-src", "data-orig-file", "data-medium-file",
    "data-large-file", "data-ll-src", "data-real-src", "data-url", "nitro-lazy-src", "lazy-src", "lazysrc",
    "lazyload", "real_src", "_src", "original", "file", "zoomfile", "data-poster", "data-splash",
})  # fmt: skip
# ... the second on any.
LAZY_BACKGROUNDS = frozenset({
    "data-bg", "data-background", "data-background-image", "data-bg-image", "data-bgimage", "data-bg-src",
    "data-bg-url", "data-lazy-bg", "data-bg-hidpi", "data-lazy-background", "data-image-background", "data-parallax",
    "data-image-src", "data-original", "data-src", "data-poster", "data-thumb", "data-lazy-src", "data-bg-multi",
    "data-setbg", "data-vbg", "nitro-lazy-bg",
})  # fmt: skip
POSTERS = frozenset({"data-poster", "data-splash"})
LOADERS = {
    "img": I, "amp-img": I, "amp-anim": I, "input": I, "picture": I, "image": I, "figure": I, "iframe": Role.FRAME,
    "amp-iframe": Role.FRAME, "script": Role.SCRIPT, "video": M, "audio": M, "source": M, "embed": M,
}  # fmt: skip

# Attributes of SVG (and of style) whose value is CSS that can hold url()
PAINTED = frozenset({
    "style", "fill", "stroke", "filter", "clip-path", "mask", "marker", "marker-start", "marker-mid", "marker-end",
    "cursor",
})  # fmt: skip

NAMES = SRCSETS | LAZY | LAZY_BACKGROUNDS | PAINTED | {ANY_BACKGROUND, *(name for _, name in PLAIN)}

ICONS = frozenset({
    "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon", "fluid-icon", "apple-touch-startup-image",
})  # fmt: skip
PRELOADED = {
    "style": Role.STYLE, "script": Role.SCRIPT, "font": Role.FONT, "image": I, "video": M, "audio": M, "track": M,
    "worker": Role.SCRIPT, "fetch": O, "": O,
}  # fmt: skip
METAS = {
    "og:image": O, "og:image:url": O, "og:image:secure_url": O, "twitter:image": O, "twitter:image:src": O,
    "msapplication-tileimage": Role.ICON, "image": O, "thumbnail": O, "thumbnailurl": O,
}  # fmt: skip
MOVIE_PARAMS = frozenset({"movie", "src", "filename", "url"})

_IMAGE_NAME = re.compile(r"[^?#]*\.(?:jpe?g|png|gif|webp|avif|svg|bmp|ico)(?:[?#!@].*)?", re.IGNORECASE | re.DOTALL)
_ADDRESS = re.compile(r"[^\s#.{\[(][^{}()<>\"\n]*|\.{1,2}/[^{}()<>\"\n]*")
_NAMED_FILE = re.compile(r"[^?#]*/|[^?#/]*\.(?=\w{0,4}[a-z])\w{2,5}(?:[?#]|\Z)", re.IGNORECASE)
_IN_JSON = re.compile(
    r"\"((?:https?:)?(?:\\?/|[^\"\\\s{}<>,]){1,2000}\.(?:jpe?g|png|gif|webp|avif)(?:\?[^\"\s]{0,500})?)\""
)
_JSON_LIMIT = 65_536


def names_an_image(text: str) -> bool:
    """Whether an address ends as those of images do."""
    return _IMAGE_NAME.fullmatch(text.strip()) is not None


def is_address(text: str) -> bool:
    """Whether the value of a data attribute looks like an address, and not like "true", "dark" or "#fff"."""
    text = text.strip()
    return _ADDRESS.fullmatch(text) is not None and _NAMED_FILE.match(text) is not None


def images_in_json(text: str) -> list[str]:
    """Strings that end as names of images do, in an attribute that holds JSON."""
    return [found.replace("\\/", "/") for found in _IN_JSON.findall(text[:_JSON_LIMIT])]


def srcset_urls(text: str) -> list[str]:
    """The addresses of a srcset (HTML section 4.8.4.2.1). A comma inside an address belongs to it, not at its end."""
    urls: list[str] = []
    at = 0
    while found := _CANDIDATE.match(text, at):
        url = found[1]
        at = found.end()
        if url.endswith(","):
            url = url.rstrip(",")
        else:
            at = _behind_descriptors(text, at)
        urls += [url] if url else []
    return urls


_CANDIDATE = re.compile(r"[\s,]*([^\s]+)")
_PARENTHESES = re.compile(r"[(),]")


def _behind_descriptors(text: str, at: int) -> int:
    """Behind the comma that ends the descriptors of a candidate; commas in parentheses are none."""
    inside = False
    for found in _PARENTHESES.finditer(text, at):
        if found[0] == "," and not inside:
            return found.end()
        inside = (inside or found[0] == "(") and found[0] != ")"
    return len(text)


_REFRESH = re.compile(r"\s*(\d{0,9}(?:\.[\d.]{0,9})?)\s*(?:[;,\s]\s*(?:url\s*=\s*)?(.*))?", re.IGNORECASE | re.DOTALL)


def refresh_target(content: str) -> tuple[str, float] | None:
    """The address ("" for the page itself) and the seconds of a <meta http-equiv=refresh> (HTML section 4.2.5.3)."""
    found = _REFRESH.match(content)
    if found is None or not (found[1] or found[2]):
        return None
    target = (found[2] or "").strip()
    if target[:1] in ("'", '"'):
        target = target[1:].partition(target[0])[0]
    return target, float(found[1].partition(".")[0] or 0)
