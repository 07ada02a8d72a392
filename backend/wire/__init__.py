"""What Blender and the backend say to each other; both sides import it: standard library only."""

from .batches import (
    BadRow as BadRow,
)
from .batches import (
    PromptBatch as PromptBatch,
)
from .batches import (
    read_batch as read_batch,
)
from .child_process import (
    MEMORY_EXIT_CODES as MEMORY_EXIT_CODES,
)
from .child_process import (
    backend_command as backend_command,
)
from .child_process import (
    clean_environment as clean_environment,
)
from .child_process import (
    kill_backend as kill_backend,
)
from .child_process import (
    start_backend as start_backend,
)
from .folders import (
    folder_remedy as folder_remedy,
)
from .json_coding import (
    to_json as to_json,
)
from .messages import (
    MAX_LINE_BYTES as MAX_LINE_BYTES,
)
from .messages import (
    PROTOCOL_VERSION as PROTOCOL_VERSION,
)
from .messages import (
    Accepted as Accepted,
)
from .messages import (
    Cancel as Cancel,
)
from .messages import (
    Cancelled as Cancelled,
)
from .messages import (
    Candidate as Candidate,
)
from .messages import (
    Failure as Failure,
)
from .messages import (
    Hello as Hello,
)
from .messages import (
    Message as Message,
)
from .messages import (
    Notice as Notice,
)
from .messages import (
    Ping as Ping,
)
from .messages import (
    Pong as Pong,
)
from .messages import (
    Preview as Preview,
)
from .messages import (
    Progress as Progress,
)
from .messages import (
    Record as Record,
)
from .messages import (
    Result as Result,
)
from .messages import (
    Shutdown as Shutdown,
)
from .messages import (
    Stage as Stage,
)
from .messages import (
    Submit as Submit,
)
from .messages import (
    decode as decode,
)
from .messages import (
    encode as encode,
)
from .messages import (
    from_json as from_json,
)
from .messages import (
    job_path as job_path,
)
from .requests import (
    GALLERY_SIZE as GALLERY_SIZE,
)
from .requests import (
    MAX_COUNT as MAX_COUNT,
)
from .requests import (
    MAX_PROMPT_LENGTH as MAX_PROMPT_LENGTH,
)
from .requests import (
    MAX_SEED as MAX_SEED,
)
from .requests import (
    ErrorCode as ErrorCode,
)
from .requests import (
    JobKind as JobKind,
)
from .requests import (
    JobRequest as JobRequest,
)
from .requests import (
    LatentBase as LatentBase,
)
from .requests import (
    LatentUse as LatentUse,
)
from .requests import (
    Output as Output,
)
from .requests import (
    Quality as Quality,
)
from .requests import (
    RequestError as RequestError,
)
from .results import (
    PRODUCT_VERSION as PRODUCT_VERSION,
)
from .results import (
    CandidateResult as CandidateResult,
)
from .results import (
    HeadResult as HeadResult,
)
from .results import (
    JobResult as JobResult,
)
from .results import (
    MaskFile as MaskFile,
)
from .results import (
    MeshFigures as MeshFigures,
)
from .results import (
    Provenance as Provenance,
)
from .results import (
    RigFigures as RigFigures,
)
from .results import (
    RigPart as RigPart,
)
from .results import (
    RigResult as RigResult,
)
from .results import (
    StageFigure as StageFigure,
)
from .results import (
    UvFigures as UvFigures,
)
from .rig_names import (
    ARKIT_SHAPES as ARKIT_SHAPES,
)
from .rig_names import (
    BONES as BONES,
)
from .rig_names import (
    LANDMARKS as LANDMARKS,
)
from .rig_names import (
    MATERIALS as MATERIALS,
)
from .rig_names import (
    PARENTS as PARENTS,
)
