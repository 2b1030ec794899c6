"""Files that claim, nest or expand without end: each is refused in words, cheaply.

The files are made here and never kept.
"""

import io
import struct
import subprocess
import sys
import textwrap
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_studio.core.errors import CannotOpen
from lstm_studio.engine.models import open_file
from tests.engine.models.checkpoints import saved, weights


def with_description(description: bytes, storages: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", description)
        archive.writestr("archive/version", "3\n")
        for key, data in storages.items():
            archive.writestr(f"archive/data/{key}", data)
    return buffer.getvalue()


def tensor_claim(shape: bytes, stride: bytes, count: bytes) -> bytes:
    """Return a pickle of ``{"lstm.weight_hh_l0": tensor}`` with the given numbers."""
    return (
        b"\x80\x02}X\x11\x00\x00\x00lstm.weight_hh_l0ctorch._utils\n_rebuild_tensor_v2\n"
        b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000"
        b"X\x03\x00\x00\x00cpu" + count + b"tQK\x00" + shape + stride + b"\x89}tRs."
    )


def huge(stride: bytes) -> bytes:
    """Claim 10^6 x 10^6 values over four bytes."""
    number = b"J" + struct.pack("<i", 10**6)
    shape = b"(" + number + number + b"t"
    return with_description(tensor_claim(shape, stride, b"K\x01"), {"0": b"\0" * 4})


def lie_about_size() -> bytes:
    return huge(b"(K\x01K\x01t")


def expanded() -> bytes:
    # Every value is the same four bytes: no storage is too short.
    return huge(b"(K\x00K\x00t")


def many_dimensions() -> bytes:
    ones = b"(" + b"K\x01" * 100_000 + b"t"
    return with_description(tensor_claim(ones, ones, b"K\x01"), {"0": b"\0" * 4})


def deep() -> bytes:
    return with_description(b"\x80\x02" + b"(" * 10**5 + b"l" * 10**5 + b".", {})


def deep_dicts() -> bytes:
    return with_description(
        b"\x80\x02" + b"}X\x01\x00\x00\x00a" * 10**4 + b"}" + b"s" * 10**4 + b".", {}
    )


def shared_references() -> bytes:
    # Each list holds the one before twice: 2^40 leaves.
    return with_description(b"\x80\x02]" + b"q\x00]h\x00ah\x00a" * 40 + b".", {})


def deep_key() -> bytes:
    return with_description(b"\x80\x02}" + b")" + b"\x85" * 10**5 + b"Ns.", {})


def memo_bomb() -> bytes:
    return with_description(b"\x80\x02}r\xff\xff\xff\xff.", {})


def huge_text() -> bytes:
    return with_description(b"\x80\x04\x8d" + struct.pack("<Q", 10**13) + b"a.", {})


def endless() -> bytes:
    return with_description(b"\x80\x02" + b"N0" * 10**7 + b"N.", {})


def unknown_operation() -> bytes:
    return with_description(b"\x80\x02}\xfe.", {})


def zip_bomb() -> bytes:
    return with_description(b"\x80\x02}.", {"0": b"\0" * 300 * 2**20})


def claimed_directory() -> bytes:
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 9, 9, 2**31, 0, 0)
    return b"PK\x03\x04" + b"\0" * 100 + end


def cut_zip() -> bytes:
    return saved(weights())[:-50]


def cut_legacy() -> bytes:
    return saved(weights(), legacy=True)[:-50]


def missing_storage() -> bytes:
    return with_description(tensor_claim(b"(K\x01t", b"(K\x01t", b"K\x01"), {})


def safetensors(head: bytes, data: bytes = b"") -> bytes:
    return struct.pack("<Q", len(head)) + head + data


def sf_overlap() -> bytes:
    entry = b'{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'
    return safetensors(b'{"a":' + entry + b',"b":' + entry + b"}", b"\0" * 4)


def sf_overlong() -> bytes:
    return safetensors(
        b'{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}'
    )


def sf_claimed_head() -> bytes:
    return struct.pack("<Q", 10**10) + b'{"a":1}'


def sf_deep() -> bytes:
    return safetensors(b'{"a":' + b"[" * 10**6 + b"]" * 10**6 + b"}")


ATTACKS: dict[Callable[[], bytes], str] = {
    lie_about_size: "a tensor of 1000000 x 1000000 values over 4 bytes",
    expanded: "take more than 16 times what is stored",
    many_dimensions: "100000 dimensions",
    deep: "nests its values more than 100 deep",
    deep_dicts: "nests its values more than 100 deep",
    shared_references: "holds no weights",
    deep_key: "a key that is no plain value",
    memo_bomb: "holds no weights",
    huge_text: "cut off",
    endless: "more than 2,000,000 operations",
    unknown_operation: "unknown operation 0xfe",
    zip_bomb: "more than any model does",
    claimed_directory: "zip directory of 2,147,483,648 bytes",
    cut_zip: "is cut off: the zip directory at the end of the file is missing",
    cut_legacy: "cut off",
    missing_storage: "the part archive/data/0 is missing",
    sf_overlap: "the bytes of b are not its own",
    sf_overlong: "cut off: the bytes of a are missing",
    sf_claimed_head: "cut off: its head is not whole",
    sf_deep: "damaged head",
}


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.__name__)
def test_is_refused_in_words(path: Path, attack: Callable[[], bytes]) -> None:
    path.write_bytes(attack())
    with pytest.raises(CannotOpen, match=ATTACKS[attack]) as refused:
        open_file(path)
    assert refused.value.message.startswith(("model.pt ", "The file "))
    assert refused.value.next_step


def test_refusals_take_little_memory_and_time(tmp_path: Path) -> None:
    """All attacks in a process of their own, which may take 200 MB more than torch."""
    for attack in ATTACKS:
        (tmp_path / f"{attack.__name__}.pt").write_bytes(attack())
    script = textwrap.dedent(
        """
        import pathlib, resource, sys, time
        from lstm_studio.core.errors import CannotOpen
        from lstm_studio.engine.models import described, open_file
        peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        for path in sorted(pathlib.Path(sys.argv[1]).glob("*.pt")):
            before, start = peak(), time.process_time()
            try:
                open_file(path)
            except CannotOpen:
                pass
            size = path.stat().st_size / 2**20
            print(path.stem, peak() - before - 2 * size, time.process_time() - start)
        """
    )
    pytest.importorskip("resource", reason="Windows does not tell the peak of memory")
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    rows = [line.split() for line in done.stdout.splitlines()]
    assert len(rows) == len(ATTACKS)
    for name, megabytes, _ in rows:
        assert float(megabytes) < 200, f"{name} took {megabytes} MB"


def nested(depth: int) -> bytes:
    """Return archives in one another, as deep as asked for."""
    data = saved(weights())
    for _ in range(depth):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("policy.pth", data)
        data = buffer.getvalue()
    return data


def test_archives_in_archives_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(nested(1))
    assert open_file(path).summary.layers
    path.write_bytes(nested(40))
    with pytest.raises(CannotOpen, match="within one another"):
        open_file(path)


def test_a_bomb_in_an_archive_in_an_archive(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("policy.pth", zip_bomb())
    with pytest.raises(CannotOpen, match="more than any model does"):
        open_file(path)
