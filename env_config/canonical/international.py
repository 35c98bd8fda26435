"""Host names in other characters than ASCII: one A-label form, and what makes such a name untrustworthy.

``socket`` and curl map names by IDNA 2003 or by UTS 46; both fold width and case (NFKC), so the form computed here is what
they look up. Names they encode differently are found by comparing this form with the interpreter's IDNA 2003 codec.
"""

from __future__ import annotations

_DOTS = dict.fromkeys(map(ord, "。．｡"), ".")
_IGNORED = dict.fromkeys((0xAD, 0x34F, 0x1806, 0x180B, 0x180C, 0x180D, 0x200B, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10)))
_DELIMITERS = frozenset("./\\?#@:%[] \t\r\n&=,;")
# Letters of other scripts (and a few Latin ones) that most typefaces draw like a to z.
_TWINS = frozenset("асԁеһіјӏорԛѕԝхүѵцєгкмнтвпьαβγεηικνορτυχωյօոսցհզӓӧıɑɡɩʋ")
_TOGETHER = frozenset({"LATIN", "CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO"})


def labels_of(text: str) -> list[str]:
    """The labels after the four dots are made one."""
    return text.translate(_DOTS).split(".")


def a_label(label: str) -> str:
    """The label in lower-case ASCII, as a resolver is asked for it."""
    mapped = mapped_label(label)
    if mapped.isascii():
        return mapped
    return "xn--" + mapped.encode("punycode").decode("ascii")


def mapped_label(label: str) -> str:
    """The label with width, case and invisible characters folded."""
    import unicodedata

    folded = unicodedata.normalize("NFKC", label.translate(_IGNORED)).casefold()
    return unicodedata.normalize("NFKC", folded).translate(_IGNORED)


def u_label(label: str) -> str:
    """What an A-label shows to a person; the label itself if it is none."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, OverflowError):
        return label


def hides_delimiter(text: str) -> bool:
    """One character becomes a delimiter, or a group with one in it, when compatibility forms are folded."""
    import unicodedata

    foreign = (character for character in text.translate(_DOTS) if not character.isascii())
    return any(not _DELIMITERS.isdisjoint(unicodedata.normalize("NFKC", character)) for character in foreign)


def editions_differ(text: str) -> bool:
    """IDNA 2003 knows the name, and encodes it as another one."""
    import encodings.idna

    for label in labels_of(text):
        try:
            older = encodings.idna.ToASCII(label)
        except UnicodeError:
            continue  # refused by its clients, so it leads nowhere else
        if older.lower() != a_label(label).encode("ascii", "replace"):
            return True
    return False


def looks_alike(text: str) -> bool:
    """A label mixes scripts, or consists of letters that only look Latin."""
    return any(_deceives(mapped_label(u_label(label.lower()))) for label in labels_of(text))


def _deceives(label: str) -> bool:
    import unicodedata

    letters = {character for character in label if character.isalpha()}
    foreign = {character for character in letters if not character.isascii()}
    if not foreign:
        return False
    scripts = {unicodedata.name(character, "UNKNOWN").partition(" ")[0] for character in letters}
    if len(scripts) > 1 and not scripts <= _TOGETHER:
        return True
    return foreign <= _TWINS
