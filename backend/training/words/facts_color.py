"""Facts about colours and hair."""

from __future__ import annotations

from .fact import Degree, Fact, between, ramp


def _tone(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Adjectives and features that say a skin is `word`."""
    adjectives = (f"{word}-skinned", f"{word} skinned")
    return adjectives, (
        f"{word} skin",
        f"{word} skin",
        f"a {word} complexion",
        f"{word} skin tone",
        f"a {word} face",
    )


def _skin_fact(name: str, degree: Degree, words: tuple[str, ...]) -> Fact:
    adjectives = tuple(a for word in words for a in _tone(word)[0])
    features = tuple(f for word in words for f in _tone(word)[1])
    return Fact(
        name, "skin", degree, adjectives=adjectives, features=features, seen_from_behind=True
    )


SKIN_FACTS = (
    _skin_fact(
        "very pale",
        lambda p: ramp(p.skin_tone, 0.20, 0.13),
        ("pale", "very pale", "pallid", "very light"),
    ),
    _skin_fact("light", lambda p: ramp(p.skin_tone, 0.40, 0.32), ("light", "fair", "white")),
    _skin_fact(
        "tan",
        lambda p: between(p.skin_tone, 0.35, 0.55, 0.08),
        ("tan", "tanned", "olive", "bronzed"),
    ),
    _skin_fact(
        "brown", lambda p: between(p.skin_tone, 0.46, 0.70, 0.08), ("brown", "medium brown")
    ),
    _skin_fact(
        "dark", lambda p: ramp(p.skin_tone, 0.50, 0.60), ("dark", "dark brown", "deep brown")
    ),
    _skin_fact(
        "very dark", lambda p: ramp(p.skin_tone, 0.66, 0.74), ("very dark", "black", "ebony")
    ),
)


def _eye_fact(words: tuple[str, ...], degrees: dict[str, float]) -> Fact:
    features = tuple(
        f for word in words for f in (f"{word} eyes", f"{word} eyes", f"{word} irises")
    )
    adjectives = tuple(f"{word}-eyed" for word in words)
    return Fact(
        f"{words[0]} eyes", "eye_color", lambda p: degrees.get(p.eye_color, 0.0),
        adjectives=adjectives, features=features,
    )  # fmt: skip


EYE_FACTS = (
    _eye_fact(("brown",), {"brown": 1.0, "dark brown": 0.7, "hazel": 0.1}),
    _eye_fact(("dark brown", "dark", "black"), {"dark brown": 1.0, "brown": 0.2}),
    _eye_fact(("hazel", "amber", "light brown"), {"hazel": 1.0, "brown": 0.1}),
    _eye_fact(("green",), {"green": 1.0, "hazel": 0.1}),
    _eye_fact(("blue", "light blue"), {"blue": 1.0, "grey": 0.1}),
    _eye_fact(("grey", "gray"), {"grey": 1.0, "blue": 0.1}),
)


def _hair_color(words: tuple[str, ...], nouns: tuple[str, ...], degrees: dict[str, float]) -> Fact:
    """A hair colour; its `features` are bare colour words, which captions join to a style or to "hair"."""
    return Fact(
        f"{words[0]} hair", "hair_color",
        lambda p: degrees.get(p.hair_color, 0.0) if p.hair_style != "bald" else 0.0,
        nouns=nouns, features=words, seen_from_behind=True,
    )  # fmt: skip


_DARK = {"black": 1.0, "dark brown": 1.0, "brown": 0.3}
HAIR_COLOR_FACTS = (
    _hair_color(("black", "black", "raven"), (), {"black": 1.0, "dark brown": 0.15}),
    _hair_color(("dark brown",), (), {"dark brown": 1.0, "brown": 0.3}),
    _hair_color(("brown", "brunette", "brunet"), ("brunette",), {"brown": 1.0, "dark brown": 0.5, "light brown": 0.4}),
    _hair_color(("light brown", "mousy"), (), {"light brown": 1.0, "brown": 0.2}),
    _hair_color(("blond", "blonde", "blonde", "golden", "yellow", "fair", "light"), ("blonde", "blond"), {"blond": 1.0}),
    _hair_color(("red", "ginger", "red", "orange", "copper"), ("redhead", "ginger"), {"red": 1.0, "auburn": 0.3}),
    _hair_color(("auburn", "dark red", "chestnut", "reddish brown"), (), {"auburn": 1.0, "red": 0.15}),
    _hair_color(("grey", "gray", "silver", "greying", "graying"), (), {"grey": 1.0, "white": 0.2}),
    _hair_color(("white",), (), {"white": 1.0, "grey": 0.1}),
    _hair_color(("dark",), (), _DARK),
)  # fmt: skip


def _style(*styles: str, also: dict[str, float] | None = None) -> Degree:
    degrees = dict.fromkeys(styles, 1.0) | (also or {})
    return lambda p: degrees.get(p.hair_style, 0.0)


# In the features, "{}" is where the colour goes.
HAIR_STYLE_FACTS = (
    Fact("bald", "hair_style", _style("bald"), adjectives=("bald", "bald", "bald-headed", "hairless", "balding"),
         features=("a bald head", "no hair", "a shaved head", "a shaven head", "a bald scalp", "without hair"), seen_from_behind=True),
    Fact("short hair", "hair_style", _style("short01", "short02", "short03", "short04"),
         adjectives=("short-haired", "short haired"),
         features=("short {} hair", "short {} hair", "{} short hair", "cropped {} hair", "a short {} haircut"),
         seen_from_behind=True),
    Fact("bob", "hair_style", _style("bob01", "bob02"), adjectives=("bob-haired",),
         features=("{} bob hair", "a {} bob", "a bob of {} hair", "a {} bob haircut", "bobbed {} hair", "{} bob cut"),
         seen_from_behind=True),
    Fact("long hair", "hair_style", _style("long01", also={"ponytail01": 0.25}),
         adjectives=("long-haired", "long haired"),
         features=("long {} hair", "long {} hair", "{} long hair", "very long {} hair", "flowing {} hair",
                   "long straight {} hair"), seen_from_behind=True),
    Fact("ponytail", "hair_style", _style("ponytail01"),
         features=("a {} ponytail", "{} hair in a ponytail", "{} hair tied back", "a {} pony tail", "{} ponytail hair"),
         seen_from_behind=True),
    Fact("afro", "hair_style", _style("afro01"),
         features=("a {} afro", "{} afro hair", "curly {} hair", "{} curly hair", "curly {} afro hair", "frizzy {} hair",
                   "a big {} afro", "{} curls", "kinky {} hair"), seen_from_behind=True),
)  # fmt: skip
