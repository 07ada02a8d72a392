"""Where the bones of Rigify's human face lie on a rig-ready head: vertices of hm08, by the attribute hm08_index.

Bones of the middle and of the head's own left (.L); those of the right (.R) end at the vertices on the other side.
"""

from __future__ import annotations

from types import MappingProxyType

# From a bone's head to its tail.
FACE_POINTS = MappingProxyType(
    {
        "nose": (132, 291),
        "nose.001": (291, 5054),
        "nose.002": (5054, 302),
        "nose.003": (302, 312),
        "nose.004": (312, 5072),
        "lip.T.L": (466, 11953),
        "lip.T.L.001": (11953, 7272),
        "lip.B.L": (495, 7280),
        "lip.B.L.001": (7280, 7272),
        "chin": (5211, 733),
        "chin.001": (733, 5337),
        "ear.L": (12010, 12002),
        "ear.L.001": (12002, 12018),
        "ear.L.002": (12018, 12074),
        "ear.L.003": (12074, 7571),
        "ear.L.004": (7571, 12010),
        "brow.B.L": (6938, 6954),
        "brow.B.L.001": (6954, 6952),
        "brow.B.L.002": (6952, 6950),
        "brow.B.L.003": (6950, 6892),
        "lid.T.L": (7755, 7749),
        "lid.T.L.001": (7749, 7748),
        "lid.T.L.002": (7748, 7765),
        "lid.T.L.003": (7765, 7770),
        "lid.B.L": (7770, 11717),
        "lid.B.L.001": (11717, 7761),
        "lid.B.L.002": (7761, 7758),
        "lid.B.L.003": (7758, 7755),
        "forehead.L": (7679, 6983),
        "forehead.L.001": (7677, 7004),
        "forehead.L.002": (12146, 7031),
        "temple.L": (7704, 7037),
        "jaw.L": (7037, 11849),
        "jaw.L.001": (11849, 11833),
        "chin.L": (11833, 7272),
        "cheek.B.L": (7272, 11906),
        "cheek.B.L.001": (11906, 11872),
        "brow.T.L": (11872, 7031),
        "brow.T.L.001": (7031, 7004),
        "brow.T.L.002": (7004, 6983),
        "brow.T.L.003": (6983, 132),
        "cheek.T.L": (11872, 11667),
        "cheek.T.L.001": (11667, 6921),
        "nose.L": (6921, 7141),
        "nose.L.001": (7141, 5054),
        "jaw": (991, 5211),
    }
)
# Heads of the bones that hold the teeth; they point straight back.
TEETH_POINTS = MappingProxyType({"teeth.T": 15079, "teeth.B": 15012})
