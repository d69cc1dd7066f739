"""The codebook, the manifest and the archive of an export."""

import io
import json
import zipfile

import pytest

from trial.exchange import bundle, codebook, manifest, tables

FILES = {"spells.csv": b"a,b\r\n1,2\r\n3,4\r\n", "sub/notes.txt": "Siân\n".encode()}
ABOUT = {"protocol": "1.0", "cut": "2016-05-03", "blinded": True}


@pytest.fixture
def folder(tmp_path):
    for name, content in (FILES | {manifest.NAME: manifest.manifest(FILES, ABOUT)}).items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return tmp_path


def test_the_manifest_names_each_file_with_its_size():
    told = json.loads(manifest.manifest(FILES, ABOUT))
    assert {key: told[key] for key in ABOUT} == ABOUT
    spells, notes = told["files"]
    assert (spells["file"], spells["rows"], spells["columns"], spells["bytes"]) == (
        "spells.csv",
        2,
        2,
        len(FILES["spells.csv"]),
    )
    assert spells["sha256"] == manifest.sha256(FILES["spells.csv"])
    assert "rows" not in notes


def test_the_manifest_is_the_same_whatever_the_order():
    turned = dict(reversed(FILES.items()))
    assert manifest.manifest(turned, ABOUT) == manifest.manifest(FILES, ABOUT)


def test_a_folder_as_exported_has_no_fault(folder):
    (folder / "headline_from_r.csv").write_bytes(b"what the script of the export wrote")
    assert manifest.verify(folder) == []


def test_each_kind_of_change_is_named(folder):
    (folder / "spells.csv").write_bytes(FILES["spells.csv"].replace(b"4", b"5"))
    (folder / "sub/notes.txt").unlink()
    (folder / "more.csv").write_bytes(b"")
    assert manifest.verify(folder) == [
        "sub/notes.txt is missing.",
        "spells.csv is not the file that was exported.",
        "more.csv was not exported with the others.",
    ]


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"files": [1]}', b"\xff"])
def test_a_manifest_that_cannot_be_read_is_a_fault(folder, content):
    (folder / manifest.NAME).write_bytes(content)
    assert len(manifest.verify(folder)) == 1
    assert "cannot be read" in manifest.verify(folder)[0]


def test_a_file_outside_the_folder_is_not_looked_at(folder, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "file"
    outside.write_bytes(b"x")
    listed = [{"file": str(outside), "sha256": manifest.sha256(b"x")}]
    (folder / manifest.NAME).write_text(json.dumps({"files": listed}))
    assert f"{outside} is missing." in manifest.verify(folder)


def test_the_archive_is_the_same_bytes_and_holds_the_files():
    made = bundle.bundle(FILES)
    assert made == bundle.bundle(dict(reversed(FILES.items())))
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == FILES
        assert {entry.date_time for entry in archive.infolist()} == {bundle.DATE}


def test_the_codebook_says_what_each_column_holds():
    column = codebook.Column(
        "kind", "Kind of work", "code", {"open": "Open", "none": "None"}, source="spell"
    )
    book = codebook.codebook({"spells": [column]})
    assert tuple(book.columns) == codebook.HEAD
    assert book.to_numpy().tolist() == [
        ["spells", "kind", "Kind of work", "code", "open = Open; none = None", "", "spell",
         "not recorded"]
    ]  # fmt: skip
    assert tables.size(tables.to_csv(book)) == (1, len(codebook.HEAD))
