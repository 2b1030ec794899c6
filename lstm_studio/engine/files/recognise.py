"""What a file is, by its bytes; its name and extension are never looked at."""

import ast
import re
from dataclasses import dataclass
from typing import Final, Literal

from lstm_studio.core.errors import CannotOpen, NoModel
from lstm_studio.engine.files.archive import Archive
from lstm_studio.engine.files.source import Source

Kind = Literal[
    "torch zip",
    "torch legacy",
    "pickle",
    "safetensors",
    "torchscript",
    "exported",
    "stable-baselines3",
    "onnx",
    "keras",
    "python",
    "sharded",
]


@dataclass(frozen=True, slots=True)
class Form:
    """What a file is: ``words`` for people."""

    kind: Kind
    words: str


LEGACY_MAGIC: Final = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."

_SIGNATURES: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"BM", "a BMP picture"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b\x08", "a gzip archive; unpack it first"),
    (b"BZh", "a bzip2 archive; unpack it first"),
    (b"\xfd7zXZ", "an xz archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive; unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x93NUMPY", "a NumPy array: open it as the sequence"),
    (b"RIFF", "a sound, picture or film (RIFF): a .wav is opened as the sequence"),
    (b"fLaC", "a sound (FLAC): open it as the sequence"),
    (b"OggS", "a sound (Ogg): open it as the sequence"),
    (b"ID3", "a sound (MP3): open it as the sequence"),
    (b"PAR1", "a table (Parquet): open it as the sequence"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ", "a program (Windows)"),
    (b"GGUF", "a GGUF model, whose transformers have no recurrent layer"),
)
_HDF5: Final = b"\x89HDF\r\n\x1a\n"
_LFS: Final = b"version https://git-lfs"
_OLD_PICKLE: Final = re.compile(
    rb"\(dp\d*\n|\(lp\d*\n|\(tp?\d*\n|c[\w.]+\n[\w.]+\n|\(c"
)
_CODE_LINE: Final = re.compile(r"^(?:async def|def|class|import|from)\s", re.MULTILINE)
_HEAD: Final = 4096
INDEX_LIMIT: Final = 10 * 2**20
_SOURCE_LIMIT: Final = 2**20


def recognise(source: Source) -> Form:
    """Return what the file is.

    Raises
    ------
    CannotOpen
        It is none of the forms in which models are saved; the message says what it
        is instead.
    """
    head = source.read(0, _HEAD)
    if head.startswith(b"PK\x03\x04"):
        return _recognise_zip(Archive(source), source.path.name)
    if head.startswith(LEGACY_MAGIC):
        return Form("torch legacy", "PyTorch file in the format before 1.6")
    if _is_safetensors(head, source.size):
        return Form("safetensors", "safetensors")
    if head.startswith(_HDF5):
        return Form("keras", "HDF5 file (Keras .h5)")
    if (head[:1] == b"\x80" and head[1:2] in b"\x02\x03\x04\x05") or (
        _OLD_PICKLE.match(head)
    ):
        return Form("pickle", "pickle")
    if _is_onnx(head):
        return Form("onnx", "ONNX")
    if head.lstrip()[:1] == b"{" and b'"weight_map"' in source.read(0, INDEX_LIMIT):
        return Form("sharded", "checkpoint in several files")
    if _is_python(source, head):
        return Form("python", "Python file")
    raise _refusal(source, head)


def _recognise_zip(archive: Archive, name: str) -> Form:
    found = archive.find
    if found("constants.pkl") and found("data.pkl"):
        return Form("torchscript", "TorchScript")
    if found("models/model.json") or found("serialized_exported_program.json"):
        return Form("exported", "torch.export program (.pt2)")
    if found("data.pkl"):
        return Form("torch zip", "PyTorch zip file")
    if found("policy.pth"):
        return Form("stable-baselines3", "Stable-Baselines3 archive")
    if found("model.weights.h5"):
        return Form("keras", "Keras file (.keras)")
    if archive.names and all(member.endswith(".npy") for member in archive.names):
        what = "arrays of NumPy (.npz): open it as the sequence"
    elif found("[Content_Types].xml"):
        what = "an Office document"
    else:
        what = "a zip archive without a model; unpack it first"
    raise _not_a_model(name, what)


def _is_safetensors(head: bytes, size: int) -> bool:
    length = int.from_bytes(head[:8], "little")
    return len(head) > 8 and head[8:9] == b"{" and head[9:10] in b'"} ' and length > 1


def _is_onnx(head: bytes) -> bool:
    # ModelProto: field 1 (ir_version), a small number, then a field that it may have.
    if len(head) < 8 or head[0] != 0x08 or not 0 < head[1] < 0x20:
        return False
    return head[2] in (0x12, 0x1A, 0x22, 0x28, 0x32, 0x3A, 0x42)


def _is_python(source: Source, head: bytes) -> bool:
    if b"\0" in head or source.size > _SOURCE_LIMIT:
        return False
    try:
        text = source.read().decode("utf-8-sig")
        return bool(_CODE_LINE.search(text)) and bool(ast.parse(text).body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _refusal(source: Source, head: bytes) -> CannotOpen:
    name = source.path.name
    if head.startswith(_LFS):
        return CannotOpen(
            f"{name} is a Git LFS pointer: it stands for the model, which was not "
            "downloaded.",
            "Run `git lfs pull` in its repository, or download the file itself.",
        )
    for signature, what in _SIGNATURES:
        # Two letters may also begin a text.
        if head.startswith(signature) and (len(signature) > 2 or b"\0" in head):
            return _not_a_model(name, what)
    if head[257:262] == b"ustar":
        return _not_a_model(name, "a tar archive; unpack it first")
    if not head.strip(b"\0"):
        return _not_a_model(name, "a run of zeros: its content was lost")
    return _not_a_model(name, _text_kind(head))


def _text_kind(head: bytes) -> str:
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 4:
            return "of no kind that is known here"
        text = head[: error.start].decode("utf-8-sig")
    if any(character < " " and character not in "\t\r\n\f" for character in text):
        return "of no kind that is known here"
    start = text.lstrip().lower()
    if start.startswith(("<!doctype", "<html", "<head", "<?xml")):
        return "a web page; use the download link of the file itself"
    if start.startswith(("{", "[")):
        return "a JSON text"
    first = text.partition("\n")[0]
    if any(first.count(mark) >= 1 for mark in (",", ";", "\t")):
        return "a table of text (CSV): open it as the sequence"
    return "a text"


def _not_a_model(name: str, what: str) -> CannotOpen:
    kind = NoModel if what.endswith("as the sequence") else CannotOpen
    return kind(
        f"{name} is not a model file: this is {what}.",
        "Choose a .pt, .pth, .ckpt, .safetensors, TorchScript or Python file.",
    )
