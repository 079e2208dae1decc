"""Addresses put together to works: every proof there is in a scratch, groups of what is proven, an address for each.

What comes out depends on the answers that are kept and on nothing else: not on the order they came in, not on what was
found the last time.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from archive.alias_proofs import MOST_CLAIMS, Page, Proof, agrees, alike, is_broken, is_near
from archive.alias_rules import differing
from archive.alias_scratch import Bond, Member, Scratch
from archive.alias_traps import leads_astray
from archive.link_rows import MAX_REDIRECTS

WORK = "work"  # the rule of the address that stands for the others
_MOST_ALIKE = 5000  # spellings of one address that are looked at; hostile sites have any number
_MOST_NAMING = 200  # pages that name one other

_STRENGTH = {proof: rank for rank, proof in enumerate(Proof)}


def find_works(scratch: Scratch) -> Iterator[Member]:
    """The addresses of all works that have more than one, the work's own among them."""
    scratch.add_bonds(_redirects(scratch))
    scratch.add_bonds(_equals(scratch))
    scratch.add_bonds(_claims(scratch))
    scratch.set_roots(_roots(scratch))
    for bonds in scratch.groups():
        yield from _members(scratch, bonds)


# --- proofs ---


def _redirects(scratch: Scratch) -> Iterator[Bond]:
    """Redirects from one spelling to another, and from anything to where its chain ends, if that says anything."""
    targets = array("q", bytes(8 * (scratch.size() + 1)))
    for source, target, record, same_key in scratch.hops():
        targets[source] = target
        if same_key and source != target:
            yield Bond(source, target, Proof.REDIRECT, record, record)
    scratch.add_ends((start, end) for start in range(1, len(targets)) if (end := _end(start, targets)))
    crowded = scratch.crowded(MOST_CLAIMS)
    for source, url, target, target_url, record in scratch.ends():
        if leads_astray(url, target_url):
            continue
        if target not in crowded or _agree(scratch.page(source), scratch.page(target)):
            yield Bond(source, target, Proof.REDIRECT, record, record)


def _end(start: int, targets: Sequence[int]) -> int:
    """Where the redirects from `start` end; 0 if there are none or they do not end."""
    end, steps = targets[start], 0
    while end and targets[end]:
        end, steps = targets[end], steps + 1
        if end == start or steps >= MAX_REDIRECTS:
            return 0
    return end


def _agree(one: Page | None, other: Page | None) -> bool:
    return one is not None and other is not None and is_near(one, other)


def _equals(scratch: Scratch) -> Iterator[Bond]:
    """Spellings of one address whose answers are equal."""
    for pages in scratch.spelled_alike(_MOST_ALIKE):
        first: dict[str, tuple[int, Page]] = {}
        for number, page in pages:
            for content in filter(None, (page.sha256, page.text_sha256)):
                other, twin = first.setdefault(content, (number, page))
                if other != number and (proof := alike(twin, page)) is not None:
                    yield Bond(number, other, proof, page.record_id, twin.record_id)


def _claims(scratch: Scratch) -> Iterator[Bond]:
    """Pages that name another as their canonical or AMP version, which agrees."""
    for number, naming in scratch.claims(_MOST_NAMING):
        named = scratch.page(number)
        if named is None:
            continue
        broken = len(naming) == _MOST_NAMING or is_broken(named, [page for _, page in naming])
        for other, page in naming:
            if (not broken or page.key == named.key or is_near(page, named)) and agrees(page, named):
                yield Bond(other, number, Proof.CANONICAL, page.record_id, page.record_id)


# --- groups ---


def _roots(scratch: Scratch) -> Iterator[tuple[int, int]]:
    """For every address that is bound, the first of its group."""
    parents = array("q", range(scratch.size() + 1))
    bound = bytearray(len(parents))
    for a, b in scratch.pairs():
        bound[a] = 1
        one, other = _root(parents, a), _root(parents, b)
        parents[max(one, other)] = min(one, other)
    return ((_root(parents, number), number) for number, is_bound in enumerate(bound) if is_bound)


def _root(parents: array[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = number = parents[parents[number]]
    return number


@dataclass(frozen=True, slots=True)
class _Way:
    """How an address is bound to another one, nearer to the work's."""

    strength: int
    towards: str  # that other address
    proof: Proof
    record: str


def _members(scratch: Scratch, bonds: Sequence[Bond]) -> Iterator[Member]:
    """The work's address first; each of the others with the proof that binds it to one before it."""
    numbers = {number for bond in bonds for number in (bond.a, bond.b)}
    urls = {number: scratch.url(number) for number in numbers}
    pages = {number: page for number in numbers if (page := scratch.page(number)) is not None}
    chosen = _chosen(urls, pages, {number for number in numbers if scratch.is_moved(number)})
    work = urls[chosen]
    yield Member(work, work, WORK, pages[chosen].record_id if chosen in pages else None)
    for number, way in _ways(chosen, bonds, urls):
        rules = ", ".join(differing(urls[number], way.towards))
        yield Member(urls[number], work, f"{way.proof}: {rules}" if rules else way.proof.value, way.record)


def _chosen(urls: Mapping[int, str], pages: Mapping[int, Page], moved: Container[int]) -> int:
    """The address that stands for a work: one that is kept and not left, https, named canonical, short, the first."""
    named = {name for page in pages.values() for name in page.names}

    def rank(number: int) -> tuple[bool, bool, bool, int, str]:
        url = urls[number]
        return number not in pages or number in moved, not url.startswith("https:"), url not in named, len(url), url

    return min(urls, key=rank)


def _ways(chosen: int, bonds: Sequence[Bond], urls: Mapping[int, str]) -> Iterator[tuple[int, _Way]]:
    """All but the chosen, by their distance to it, each with its strongest proof."""
    beside: dict[int, list[tuple[int, Proof, str]]] = defaultdict(list)  # by number: what is bound to it, and how
    for bond in bonds:
        beside[bond.a].append((bond.b, bond.proof, bond.b_record))
        beside[bond.b].append((bond.a, bond.proof, bond.a_record))
    reached, level = {chosen}, [chosen]
    while level:
        found: dict[int, list[_Way]] = defaultdict(list)
        for near in level:
            for number, proof, record in beside[near]:
                if number not in reached:
                    found[number].append(_Way(_STRENGTH[proof], urls[near], proof, record))
        level = sorted(found, key=urls.__getitem__)
        reached.update(level)
        yield from ((number, min(found[number], key=_order)) for number in level)


def _order(way: _Way) -> tuple[int, str, str]:
    return way.strength, way.towards, way.record
