"""What Blender and the backend say to each other; both sides import it: standard library only."""

from .batches import (
    BadRow as BadRow,
    PromptBatch as PromptBatch,
    read_batch as read_batch,
)
from .child_process import (
    MEMORY_EXIT_CODES as MEMORY_EXIT_CODES,
    backend_command as backend_command,
    clean_environment as clean_environment,
    kill_backend as kill_backend,
    start_backend as start_backend,
)
from .folders import (
    folder_remedy as folder_remedy,
)
from .job_files import (
    check_picture as check_picture,
    file_of_job as file_of_job,
    open_file as open_file,
    read_bytes as read_bytes,
    read_result as read_result,
)
from .json_coding import (
    to_json as to_json,
)
from .mesh_bounds import (
    count_fault as count_fault,
    landmarks_fault as landmarks_fault,
    place_fault as place_fault,
)
from .mesh_names import (
    file_stem as file_stem,
    name_of_stem as name_of_stem,
)
from .messages import (
    MAX_LINE_BYTES as MAX_LINE_BYTES,
    PROTOCOL_VERSION as PROTOCOL_VERSION,
    Accepted as Accepted,
    Cancel as Cancel,
    Cancelled as Cancelled,
    Candidate as Candidate,
    Failure as Failure,
    Hello as Hello,
    Message as Message,
    Notice as Notice,
    Ping as Ping,
    Pong as Pong,
    Preview as Preview,
    Progress as Progress,
    Result as Result,
    Shutdown as Shutdown,
    Stage as Stage,
    Submit as Submit,
    decode as decode,
    encode as encode,
    from_json as from_json,
    job_path as job_path,
)
from .requests import (
    GALLERY_SIZE as GALLERY_SIZE,
    MAX_COUNT as MAX_COUNT,
    MAX_PROMPT_LENGTH as MAX_PROMPT_LENGTH,
    MAX_SEED as MAX_SEED,
    MAX_TEXTURE_PX as MAX_TEXTURE_PX,
    ErrorCode as ErrorCode,
    JobKind as JobKind,
    JobRequest as JobRequest,
    LatentBase as LatentBase,
    LatentUse as LatentUse,
    Output as Output,
    Quality as Quality,
    RequestError as RequestError,
)
from .results import (
    PRODUCT_VERSION as PRODUCT_VERSION,
    CandidateResult as CandidateResult,
    FitFigures as FitFigures,
    HeadResult as HeadResult,
    JobResult as JobResult,
    MaskFile as MaskFile,
    MeshFigures as MeshFigures,
    Provenance as Provenance,
    RigPart as RigPart,
    RigResult as RigResult,
    SculptResult as SculptResult,
    StageFigure as StageFigure,
    UvFigures as UvFigures,
)
from .rig_names import (
    ARKIT_SHAPES as ARKIT_SHAPES,
    BONES as BONES,
    LANDMARKS as LANDMARKS,
    MATERIALS as MATERIALS,
    PARENTS as PARENTS,
)
from .texts import (
    one_line as one_line,
)
