"""Which proxies a head has: brows, lashes, hair, beard, moustache, glasses, horns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from .assets import HeadKit, Proxy
from .beard import beard_proxy, moustache_proxy
from .formed import FormedProxy, hair_amounts, hair_forms
from .glasses import glasses_proxy
from .horns import horns_proxy
from .latent import HeadParameters
from .skin_painter import SkinPainter
from .variety import GLASSES_STYLES


@dataclass(frozen=True)
class ProxyKind:
    """How all proxies of one colour are drawn."""

    label: str  # of PART_LABELS
    alpha_cut: float  # texels below are not drawn


PROXY_KINDS = {  # by field of PartColors
    "brow": ProxyKind("brow", 0.3),
    "lash": ProxyKind("eye", 0.35),
    "hair": ProxyKind("hair", 0.35),
    "beard": ProxyKind("beard", 0.4),
    "horn": ProxyKind("skin", 0.0),
    "frame": ProxyKind("glasses", 0.0),
}


@dataclass(frozen=True)
class Accessory:
    """A proxy in its form."""

    proxy: Proxy
    color: str  # field of PartColors

    @property
    def kind(self) -> ProxyKind:
        return PROXY_KINDS[self.color]


class Accessories:
    """Makes the proxies when first asked for, and keeps them."""

    def __init__(self, kit: HeadKit, skin: SkinPainter) -> None:
        self._kit = kit
        self._skin = skin
        self._hair: dict[str, FormedProxy] = {}

    def of_head(self, p: HeadParameters) -> list[Accessory]:
        """All proxies of this head, in the order of drawing."""
        lashes = "eyelashes01" if p.male > 0.5 else "eyelashes02"
        found = [
            Accessory(self._kit.eyebrows[p.brow_style], "brow"),
            Accessory(self._kit.eyelashes[lashes], "lash"),
        ]
        if p.hair_style != "bald":
            hair = self.hair(p.hair_style).formed(hair_amounts(p.hair_form))
            found.append(Accessory(hair, "hair"))
        whiskers = p.facial_hair
        if whiskers.beard > 0:
            found.append(Accessory(self.beard.formed(whiskers.beard_forms), "beard"))
        if whiskers.moustache > 0:
            proxy = self.moustache.formed((whiskers.moustache,))
            found.append(Accessory(proxy, "beard"))
        if p.styles["demon"] > 0:
            proxy = self.horns.formed((p.styles["demon"],))
            found.append(Accessory(proxy, "horn"))
        if p.glasses != "none":
            found.append(Accessory(self.glasses[p.glasses], "frame"))
        return found

    def hair(self, style: str) -> FormedProxy:
        """A hair style with its forms."""
        if style not in self._hair:
            self._hair[style] = hair_forms(self._kit, style)
        return self._hair[style]

    @cached_property
    def beard(self) -> FormedProxy:
        """Forms: fullness, length."""
        return beard_proxy(self._kit, self._skin.canvas)

    @cached_property
    def moustache(self) -> FormedProxy:
        """Form: fullness."""
        return moustache_proxy(self._kit, self._skin.canvas)

    @cached_property
    def horns(self) -> FormedProxy:
        """Form: growth."""
        return horns_proxy(self._kit)

    @cached_property
    def glasses(self) -> dict[str, Proxy]:
        """The frame of each style."""
        return {style: glasses_proxy(self._kit, style) for style in GLASSES_STYLES}
