"""Which words of a prompt are understood: known words, harmless words, inflections, colours of parts."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Words that change nothing about a head, so that nobody is told about them.
_STOP_TEXT = """
a an the and or of with in on at to for from by as is are be was were has have having had who whose which
    that this these his her hers their its it he she they them him i me my we you your please make create
    generate give show want would like need render rendered photo photograph picture image portrait head face
    headshot bust 3d model mesh scene blender character person people someone human style styled looking looks
    look there some one just also but wearing very really quite rather slightly somewhat bit little fairly so
    too more realistic photorealistic detailed highly high quality hd 4k 8k close closeup up view front side
    color colors colour colours colored coloured years year
"""
STOP_WORDS = frozenset(_STOP_TEXT.split())
_LOOK_AHEAD = 3  # words between a colour and its noun: "black and very long hair"


@dataclass(frozen=True)
class ReadPrompt:
    """A prompt as the model will get it, and what it will not."""

    text: str  # known words only, inflections replaced; may be empty
    unknown: tuple[str, ...]  # words or "colour noun" pairs in the user's spelling, in order


@dataclass(frozen=True)
class Vocabulary:
    """What a portrait CLIP was taught."""

    words: frozenset[str]
    colors: dict[str, frozenset[str]]  # part -> colour words that are taught for it
    nouns: dict[str, frozenset[str]]  # part -> nouns that mean it

    def read(self, prompt: str) -> ReadPrompt:
        """Split a prompt into what the model understands and what it does not."""
        pieces = re.findall(r"[^\W_]+(?:['’][^\W_]+)*|[,.;:!?]", prompt)
        spoken = [piece for piece in pieces if piece[0].isalnum()]
        known = [self.known_form(piece.lower()) for piece in spoken]
        unknown = {index: spoken[index] for index, word in enumerate(known) if word is None}
        self._check_colors(spoken, known, unknown)
        text: list[str] = []
        index = 0
        for piece in pieces:
            if not piece[0].isalnum():
                if piece in ",;:" and text:
                    text.append(",")
                continue
            word = known[index]
            if word is not None and index not in unknown:
                text.append(word)
            index += 1
        joined = _without_loose_ends(" ".join(word for word in text if word))
        reported = dict.fromkeys(unknown[index] for index in sorted(unknown) if unknown[index])
        return ReadPrompt(joined, tuple(reported))

    def known_form(self, word: str) -> str | None:
        """The taught form of a word in lower case, the word itself if it is harmless, or None."""
        for form in _forms(word):
            if form in self.words:
                return form
        return "" if word in STOP_WORDS else None

    @property
    def spellings(self) -> frozenset[str]:
        """All words that are written as they are known, irregular plurals among them."""
        return self.words | {word for word, form in _IRREGULAR.items() if form in self.words}

    def _check_colors(
        self, spoken: list[str], known: list[str | None], unknown: dict[int, str]
    ) -> None:
        """Report "green hair" when green is taught for eyes only; the noun itself stays."""
        bound = frozenset().union(
            *(self.colors.get(part, frozenset()) for part in ("hair", "eyes", "skin"))
        )
        for index, word in enumerate(known):
            if word is None or word not in bound:
                continue
            found = self._noun_of(known, index)
            if found is None:
                continue
            part, noun = found
            if word not in self.colors.get(part, frozenset()):
                unknown[index] = f"{spoken[index]} {spoken[noun]}"

    def _noun_of(self, known: list[str | None], index: int) -> tuple[str, int] | None:
        ahead = range(index + 1, min(index + 2 + _LOOK_AHEAD, len(known)))
        behind = range(index - 1, max(index - 2 - _LOOK_AHEAD, -1), -1)
        for position in (*ahead, *behind):
            for part, nouns in self.nouns.items():
                if known[position] in nouns:
                    return part, position
        return None


def _without_loose_ends(text: str) -> str:
    """The text without articles and connections that lost their word."""
    before = ""
    while before != text:
        before = text
        text = re.sub(r"\b(a|an|the)(?= (?:with|who|has|and|a|an|the|,)(?: |$)|$)", "", text)
        text = re.sub(r"\b(with|who|has|having|and|of|in)(?= (?:with|and|,)(?: |$)|$)", "", text)
        text = re.sub(r"^ ?(?:and|of|,) ", "", re.sub(r"\s+", " ", text)).strip()
    return re.sub(r"( ,)+", ",", text).strip(" ,")


def _forms(word: str) -> tuple[str, ...]:
    """The word and its possible base forms, most likely first."""
    stem = re.sub(r"['’]s?$", "", word)
    forms = [word, stem, _IRREGULAR.get(stem, stem)]
    for ending, replacement in _ENDINGS:
        if stem.endswith(ending) and len(stem) - len(ending) >= 3:
            base = stem[: len(stem) - len(ending)] + replacement
            forms.append(base)
            if len(base) > 3 and base[-1] == base[-2]:
                forms.append(base[:-1])
    # "big-eared" is taught as "big ears"
    return (*forms, *(form + "s" for form in forms))


_IRREGULAR = {
    "men": "man", "women": "woman", "children": "child", "gentlemen": "gentleman", "ladies": "lady",
    "mom": "woman", "mother": "woman", "dad": "man", "father": "man", "dude": "man", "bloke": "man",
    "chap": "man", "gal": "girl", "daughter": "girl", "son": "boy", "hairdo": "haircut",
    "hairstyle": "haircut", "joyous": "joyful", "nostrils": "nose", "toddler": "child",
    "schoolboy": "boy", "schoolgirl": "girl",
    "gramps": "grandpa", "elderly": "old", "lipped": "lips",
}  # fmt: skip
_ENDINGS = (
    ("ies", "y"), ("ier", "y"), ("iest", "y"), ("es", ""), ("s", ""), ("ish", ""), ("ish", "e"),
    ("er", ""), ("er", "e"), ("est", ""), ("est", "e"), ("ed", ""), ("ed", "e"), ("ly", ""), ("ing", ""),
    ("ing", "e"),
)  # fmt: skip
