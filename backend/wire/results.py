"""What a finished job leaves in its folder: result.json and what it says of every head."""

from __future__ import annotations

from dataclasses import dataclass, field

from .requests import GALLERY_SIZE, MAX_COUNT, MAX_LATENT, JobRequest
from .texts import IS_LINE

PRODUCT_VERSION = "0.1.0"
MAX_PARTS = 64  # of a head, and masks of its texture
MAX_LINES = 1000  # stages, notices, failures


@dataclass(frozen=True)
class Provenance:
    """Where a head comes from; stored on the Blender object and in glTF extras."""

    prompt: str
    seed: int
    model: str
    model_sha256: str
    licence: str
    headsmith: str = PRODUCT_VERSION


@dataclass(frozen=True)
class MeshFigures:
    vertices: int
    faces: int
    watertight: bool
    components: int
    genus: int
    height_m: float


@dataclass(frozen=True)
class UvFigures:
    coverage: float  # share of the texture that charts cover
    texture_px: int


@dataclass(frozen=True)
class StageFigure:
    stage: str
    seconds: float
    peak_mib: float  # largest resident size of the backend while the stage ran


@dataclass(frozen=True)
class MaskFile:
    """Where a part of the head is in its texture."""

    part: str  # skin, brow, eye, lips, mouth, teeth, ear, neck, hair, beard or glasses
    path: str  # PNG, grey: 0 elsewhere .. 255 this part only


@dataclass(frozen=True)
class SculptResult:
    """The extracted surface with its maps, all on the same texels; paths are relative to the job's folder."""

    # .npz: vertices [V,3] float32 metres (y up, face +z), faces [F,3] int32,
    # corner_uvs [F,3,2] float32, normals [V,3] float32
    mesh: str
    albedo: str  # PNG, sRGB, unlit
    glb: str
    figures: MeshFigures
    uv: UvFigures
    # Empty from a backend that bakes none.
    normal: str = ""  # PNG, tangent space of MikkTSpace, +Y (OpenGL)
    roughness: str = ""  # PNG, grey, linear
    # Where the request wants them, and the model knows parts.
    masks: tuple[MaskFile, ...] = field(default=(), metadata={"most": MAX_PARTS})


@dataclass(frozen=True)
class RigPart:
    """Hair, a beard, glasses: a closed mesh of its own."""

    name: str
    mesh: str  # .npz as SculptResult.mesh
    albedo: str  # PNG, sRGB, unlit
    normal: str  # PNG, tangent space, +Y
    # .npz with shape_offsets [52,P,3] float32 metres and bone_weights [P,J] float32 of its vertices, or empty: it
    # moves with the head's bone alone.
    motion: str = ""


@dataclass(frozen=True)
class FitFigures:
    """How near the topology came to the surface that it was wrapped onto."""

    to_surface_mm: float  # mean distance of the visible skin from the surface it was wrapped onto
    flipped_faces: int  # that point the other way than the topology's


@dataclass(frozen=True)
class RigResult:
    """A rig-ready head; paths are relative to the job's folder."""

    # .npz, field frame (y up, face +z), metres: vertices [V,3] float32, quads [F,4] int32, corner_uvs [F,4,2]
    # float32, face_materials [F] int32 (of MATERIALS), base_index [V] int32 (vertex of hm08), mirror [V] int32,
    # shape_offsets [52,V,3] float32 (of ARKIT_SHAPES), joint_heads and joint_tails [J,3] float32 (of BONES),
    # bone_weights [V,J] float32, eye_centers [2,3] and eye_radii [2] float32 (left, right)
    mesh: str
    albedo: str  # PNG with alpha (lashes), sRGB, unlit
    normal: str  # PNG, tangent space, +Y
    roughness: str  # PNG
    parts: tuple[RigPart, ...] = field(metadata={"most": MAX_PARTS})
    figures: MeshFigures  # its faces are quads
    uv: UvFigures
    fit: FitFigures


@dataclass(frozen=True)
class HeadResult:
    """One finished head, as the surface that was extracted, rig-ready, or both."""

    name: str  # from the prompt, fit for an object name
    stages: tuple[StageFigure, ...] = field(metadata={"most": MAX_LINES})
    provenance: Provenance
    sculpt: SculptResult | None = None  # of outputs "sculpt" and "both"
    rig: RigResult | None = None  # of outputs "rig" and "both", and of wrapped meshes
    # Of generated heads:
    preview: str = ""  # PNG, relative to the job's folder
    z: tuple[float, ...] = field(default=(), metadata={"most": MAX_LATENT})
    seed: int = 0
    text_similarity: float = 0.0  # cosine in the portrait CLIP; 0 without words and pictures


@dataclass(frozen=True)
class CandidateResult:
    path: str
    z: tuple[float, ...] = field(metadata={"most": MAX_LATENT})


@dataclass(frozen=True)
class JobResult:
    """The content of result.json, which is written last, under a temporary name, and renamed."""

    request: JobRequest
    heads: tuple[HeadResult, ...] = field(default=(), metadata={"most": MAX_COUNT})
    candidates: tuple[CandidateResult, ...] = field(default=(), metadata={"most": GALLERY_SIZE})
    notices: tuple[str, ...] = field(default=(), metadata={"most": MAX_LINES, **IS_LINE})
    # Heads of a batch that failed, one sentence each.
    failures: tuple[str, ...] = field(default=(), metadata={"most": MAX_LINES, **IS_LINE})
    seconds: float = 0.0
