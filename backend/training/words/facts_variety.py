"""Facts beyond a natural plain head: facial hair, glasses, skin details, make-up, grimaces and styles."""

from __future__ import annotations

from ..kit.latent import HeadParameters
from ..kit.variety import FRAME_COLORS, MATERIALS
from .fact import Degree, Fact, ramp


def _detail(
    name: str, group: str, degree: Degree, features: str, adjectives: str = "", weight: float = 1.0
) -> Fact:
    """A fact whose phrasings are separated by commas."""
    return Fact(
        name, group, degree, adjectives=_phrases(adjectives), features=_phrases(features), weight=weight
    )  # fmt: skip


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split(",") if phrase.strip())


def _beard(p: HeadParameters) -> float:
    return ramp(p.facial_hair.beard, 0.1, 0.35)


def _bare_chin(p: HeadParameters) -> float:
    hair = p.facial_hair
    whiskers = max(hair.beard, hair.moustache, hair.stubble)
    return ramp(whiskers, 0.1, 0.0) * ramp(p.male, 0.5, 0.75) * ramp(p.age_years, 18, 22)


_FACIAL_HAIR_FACTS = (
    _detail("beard", "beard", _beard,
            "a beard, a beard, a full beard, a thick beard, a bushy beard, facial hair", "bearded, bearded, hairy", 2.0),
    _detail("long beard", "beard", lambda p: _beard(p) * ramp(p.facial_hair.beard_length, 0.5, 0.8),
            "a long beard, a very long beard, a flowing beard, a wizard beard", "long-bearded"),
    _detail("short beard", "beard", lambda p: _beard(p) * ramp(p.facial_hair.beard_length, 0.4, 0.2),
            "a short beard, a trimmed beard, a close-cropped beard, a neat beard"),
    _detail("stubble", "beard", lambda p: ramp(p.facial_hair.stubble, 0.15, 0.4) * ramp(p.facial_hair.beard, 0.1, 0.0),
            "stubble, a stubble, a five o'clock shadow, a stubbly chin, designer stubble", "stubbly, unshaven, unshaved"),
    _detail("clean-shaven", "beard", _bare_chin, "a clean-shaven face, a smooth chin, a shaved chin",
            "clean-shaven, clean shaven", 0.4),
    _detail("moustache", "moustache", lambda p: ramp(p.facial_hair.moustache, 0.1, 0.35),
            "a moustache, a mustache, a thick moustache, a big moustache, whiskers", "moustached, mustachioed"),
)  # fmt: skip


def _frames(color: str) -> Degree:
    return lambda p: float(p.glasses != "none" and p.frame_color == color)


_GLASSES_FACTS = (
    _detail("glasses", "glasses", lambda p: float(p.glasses != "none"),
            "glasses, eyeglasses, spectacles, specs, reading glasses", "bespectacled", 2.0),
    _detail("round glasses", "glasses", lambda p: float(p.glasses == "round"),
            "round glasses, circular glasses, round spectacles"),
    _detail("rectangular glasses", "glasses", lambda p: float(p.glasses == "rectangular"),
            "rectangular glasses, square glasses, angular glasses"),
    *(
        _detail(f"{color} glasses", "glasses", _frames(color),
                f"{color} glasses, {color} framed glasses, {color} eyeglass frames")
        for color in FRAME_COLORS
    ),
)  # fmt: skip

_SKIN_FACTS = (
    _detail("freckles", "freckles", lambda p: ramp(p.skin_detail.freckles, 0.15, 0.45),
            "freckles, freckled skin, a freckled face, freckles on the nose, many freckles", "freckled, freckly"),
    _detail("wrinkles", "wrinkles", lambda p: ramp(p.skin_detail.wrinkles, 0.35, 0.6),
            "wrinkles, deep wrinkles, a lined face, lines on the forehead, laugh lines", "wrinkled, lined, weathered"),
    _detail("rosy cheeks", "blush", lambda p: ramp(p.skin_detail.blush, 0.15, 0.45),
            "rosy cheeks, blushing cheeks, a blush, flushed cheeks", "rosy-cheeked, blushing, flushed"),
    _detail("moles", "moles", lambda p: ramp(p.skin_detail.moles, 0.2, 0.5), "moles, a mole, beauty marks, birthmarks"),
    _detail("receding hair", "hairline",
            lambda p: ramp(p.hair_form.hairline, 0.15, 0.45) * float(p.hair_style not in ("bald", "bob01", "bob02")),
            "a receding hairline, receding hair, a high hairline, thinning hair", "balding"),
    _detail("big hair", "hair_volume", lambda p: ramp(p.hair_form.volume, 0.25, 0.6) * float(p.hair_style != "bald"),
            "big hair, voluminous hair, full hair, thick hair"),
)  # fmt: skip

_MAKEUP_FACTS = (
    _detail("lipstick", "lipstick", lambda p: ramp(p.makeup.lipstick, 0.15, 0.45),
            "lipstick, bright lipstick, painted lips, glossy lips"),
    _detail("red lipstick", "lipstick",
            lambda p: ramp(p.makeup.lipstick, 0.2, 0.5) * _near(p.makeup.lipstick_rgb, (0.75, 0.10, 0.14)),
            "red lipstick, bright red lipstick, scarlet lipstick"),
    _detail("dark lipstick", "lipstick",
            lambda p: ramp(p.makeup.lipstick, 0.2, 0.5) * _near(p.makeup.lipstick_rgb, (0.35, 0.08, 0.19)),
            "dark lipstick, gothic lipstick, plum lipstick"),
    _detail("eyeshadow", "eyeshadow", lambda p: ramp(p.makeup.eyeshadow, 0.15, 0.45),
            "eyeshadow, eye shadow, painted eyelids, eye makeup, coloured eyelids"),
    _detail("eyeliner", "eyeliner", lambda p: ramp(p.makeup.eyeliner, 0.15, 0.45),
            "eyeliner, dark eyeliner, winged eyeliner, lined eyes"),
    _detail("make-up", "makeup", lambda p: ramp(p.makeup.lipstick + p.makeup.eyeshadow + p.makeup.eyeliner, 0.6, 1.2),
            "make-up, makeup, heavy makeup, a made-up face, glamorous make-up", "made-up"),
)  # fmt: skip


def _near(color: tuple[float, float, float], wanted: tuple[float, float, float]) -> float:
    distance = sum((a - b) ** 2 for a, b in zip(color, wanted, strict=True)) ** 0.5
    return ramp(distance, 0.25, 0.12)


def _grimace(name: str) -> Degree:
    return lambda p: ramp(abs(p.grimace[name]), 0.2, 0.5)


_GRIMACE_FACTS = (
    _detail("kissing", "mouth", _grimace("pucker"),
            "puckered lips, pursed lips, a kiss, a kissing mouth, duck lips", "kissing, pouting"),
    _detail("grinning", "mouth", _grimace("grin"), "a wide smile, a broad grin, a big grin, a beaming smile",
            "grinning, beaming"),
    _detail("bared teeth", "mouth", _grimace("teeth"),
            "bared teeth, visible teeth, clenched teeth, teeth showing", "snarling, toothy"),
    _detail("tongue out", "mouth", _grimace("tongue"), "the tongue out, a tongue sticking out, a stuck out tongue", "cheeky"),
    _detail("crooked mouth", "mouth", _grimace("jaw_side"), "a crooked mouth, a skewed jaw, a wry mouth"),
    _detail("puffed cheeks", "cheek_puff", _grimace("cheek_puff"), "puffed cheeks, puffed out cheeks, inflated cheeks"),
    _detail("sneering", "sneer", _grimace("sneer"), "a sneer, a wrinkled nose, a disgusted look", "sneering, disgusted"),
    _detail("closed eyes", "eyelids", _grimace("blink"), "closed eyes, shut eyes, eyes closed", "sleeping, dreaming, asleep"),
    _detail("winking", "eyelids", lambda p: _grimace("wink")(p) * ramp(p.grimace["blink"], 0.2, 0.0),
            "a wink, one eye closed, a winking eye", "winking"),
)  # fmt: skip


def _style(name: str) -> Degree:
    return lambda p: ramp(p.styles[name], 0.1, 0.35)


_CREATURES = (
    ("zombie", "zombie, undead, rotting, living dead", "rotting skin, zombie skin, decaying skin, a zombie face"),
    ("goblin", "goblin, goblin, gremlin", "goblin ears, goblin skin, a goblin face"),
    ("elf", "elf, elven, elvish", "pointed ears, pointy ears, elf ears, elven ears"),
    ("alien", "alien, extraterrestrial, martian", "an alien head, alien eyes, an alien face, a huge skull"),
    ("demon", "demon, demonic, devil, devilish, horned", "horns, devil horns, demon horns, a demon face"),
    ("vampire", "vampire, vampiric, bloodsucking", "vampire skin, a vampire face, a deathly complexion"),
    ("robot", "robot, robotic, android, mechanical", "robot plates, a robot face, metal plates, a mechanical face"),
)  # fmt: skip
_PROPORTIONS = (
    ("cartoon", "cartoon, cartoonish, cartoony", "a cartoon face, cartoon proportions"),
    ("anime", "anime, manga", "anime eyes, huge anime eyes, a manga face, an anime face"),
    (
        "caricature",
        "caricatured, caricature, exaggerated",
        "exaggerated features, a caricature face",
    ),
    (
        "baby",
        "baby, babyish, infant, baby-faced",
        "a baby face, chubby baby cheeks, an infant face",
    ),
)
_FACE_PAINTS = (
    ("skull", "skull-painted, skull faced", "skull face paint, a painted skull, a skull painted on the face, skull makeup, sugar skull makeup"),
    ("tiger", "tiger-painted, tiger faced", "tiger face paint, a painted tiger face, tiger stripes, tiger makeup"),
)  # fmt: skip


def _material_fact(name: str) -> Fact:
    adjectives = {
        "bronze": "bronze, bronze-cast", "gold": "gold, gilded", "marble": "marble, marble-carved",
        "clay": "clay, terracotta, earthenware", "wood": "wooden, wood, wood-carved",
        "porcelain": "porcelain, china, ceramic", "chrome": "chrome, chromed, polished metal",
    }[name]  # fmt: skip
    features = f"a {name} surface, {name} material, a {name} finish, a face of {name}, a face made of {name}"
    return _detail(name, "material", _style(name), features, adjectives)


_STYLE_FACTS = (
    *(_material_fact(name) for name in MATERIALS),
    *(_detail(name, "creature", _style(name), said, adj) for name, adj, said in _CREATURES),
    *(_detail(name, "proportion", _style(name), said, adj) for name, adj, said in _PROPORTIONS),
    *(_detail(name, "face_paint", _style(name), said, adj) for name, adj, said in _FACE_PAINTS),
)

VARIETY_FACTS = (
    *_FACIAL_HAIR_FACTS, *_GLASSES_FACTS, *_SKIN_FACTS, *_MAKEUP_FACTS, *_GRIMACE_FACTS, *_STYLE_FACTS,
)  # fmt: skip
