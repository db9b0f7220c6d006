"""Crates from folders of the learner's own, which may change while a notebook uses them."""

import pathlib

FIRST = 200  # seconds


def write(folder, code, name=None, version="0.1.0"):
    """A crate in a folder, named as the folder is unless it says otherwise."""
    (folder / "src").mkdir(parents=True, exist_ok=True)
    (folder / "Cargo.toml").write_text(
        f'[package]\nname = "{name or folder.name}"\nversion = "{version}"\nedition = "2021"\n')
    (folder / "src/lib.rs").write_text(code)


def test_a_path_is_one_from_the_folder_of_the_notebook_on(rust):
    write(pathlib.Path(rust.folder.name) / "cups", "pub fn many() -> i32 { 4 }")
    assert rust.value(':dep cups = { path = "cups" }\ncups::many()', patience=FIRST) == "4"


def test_an_edited_crate_is_built_anew_by_the_same_line_and_what_it_made_is_let_go(rust, tmp_path):
    cell = f':dep pots = {{ path = "{tmp_path / "pots"}" }}\n'
    write(tmp_path / "pots", "#[derive(Debug)]\npub struct Pot(pub u8);\npub fn make() -> Pot { Pot(1) }")
    assert rust.value(f"{cell}let pot = pots::make();\npot", patience=FIRST) == "Pot(1)"
    assert rust.value(f"{cell}pot", patience=FIRST) == "Pot(1)", "nothing has changed"
    write(tmp_path / "pots", "#[derive(Debug)]\npub struct Pot(pub [u64; 3]);\npub fn make() -> Pot { Pot([2; 3]) }")
    done = rust.ok(f"{cell}pots::make()", patience=FIRST)
    assert done.shown[-1]["text/plain"] == "Pot([2, 2, 2])"
    assert "the code of `pots` has changed: the variable `pot` is gone" in done.told
    assert "`pots` has changed" in rust.execute("pot").error


def test_another_crate_leaves_variables_of_the_first_alone(rust, tmp_path):
    write(tmp_path / "bowls", "#[derive(Debug)]\npub struct Bowl(pub u8);")
    write(tmp_path / "spoons", "pub const MANY: u8 = 6;")
    rust.ok(f':dep bowls = {{ path = "{tmp_path / "bowls"}" }}\nlet bowl = bowls::Bowl(1);', patience=FIRST)
    rust.ok(f':dep spoons = {{ path = "{tmp_path / "spoons"}" }}', patience=FIRST)
    assert rust.value("(bowl, spoons::MANY)") == "(Bowl(1), 6)"


def test_two_versions_of_a_package_are_two_crates(rust, tmp_path):
    for version in (1, 2):
        write(tmp_path / f"{version}", f"pub fn version() -> u8 {{ {version} }}", "tea", f"{version}.0.0")
    rust.ok(f':dep tea = {{ path = "{tmp_path / "1"}" }}\n'
            f':dep new-tea = {{ package = "tea", path = "{tmp_path / "2"}" }}', patience=FIRST)
    assert rust.value("(tea::version(), new_tea::version())") == "(1, 2)"


def test_a_package_whose_library_has_another_name_is_called_by_that(rust, tmp_path):
    write(tmp_path / "saucers", "pub fn many() -> u8 { 8 }")
    with open(tmp_path / "saucers/Cargo.toml", "a") as manifest:
        manifest.write('[lib]\nname = "plates"\n')
    rust.ok(f':dep saucers = {{ path = "{tmp_path / "saucers"}" }}', patience=FIRST)
    assert rust.value("plates::many()") == "8"


def test_what_cargo_cannot_read_is_told_before_it_is_asked(rust):
    failed = rust.execute(":dep cups = { path = ")
    assert failed.status == "error" and "nothing that cargo understands" in failed.error
