"""What is wrong in fieldlab.yaml is said in our own sentences."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from circularity.errors import CircularityError, DataFaults
from circularity.ledger.fieldlab import load_fieldlab

Faults = Callable[[Path], list[CircularityError]]
Flow = Callable[..., dict[str, Any]]
Write = Callable[..., Path]


@pytest.fixture
def edited(write_lab: Write, make_flow: Flow) -> Callable[[str, str], Path]:
    """A function that writes a sound fieldlab with one change in its description."""

    def edit(old: str, new: str) -> Path:
        folder = write_lab([make_flow()])
        path = folder / "fieldlab.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return folder

    return edit


NAME = "{nl: Testfabriek, en: Test factory}"


@pytest.mark.parametrize(
    ("old", "new", "error", "key", "nl", "en"),
    [
        ("name: {", "naam: {", "UnknownKey", "naam", "Bedoelt u 'name'?", "Did you mean 'name'?"),
        ("periods:", "Perioden:", "UnknownKey", "Perioden", "Bedoelt u 'periods'?", "Did you mean 'periods'?"),
        ("id: test-lab", "id: Test Lab", "UnsafeName", "id", "Bedoelt u 'test-lab'?", "Did you mean 'test-lab'?"),
        ("id: test-lab", "id: 12", "WrongValue", "id", "tussen aanhalingstekens. Verwacht: een tekst.",
         "in quotation marks. Expected: a text."),
        ("id: test-lab", "id: no", "WrongValue", "id", "De waarde 'nee/onwaar'", "The value 'no/false'"),
        ("id: test-lab", "id:", "WrongValue", "id", "De waarde '(leeg)' past hier niet.", "The value '(empty)' is"),
        (NAME, "x", "WrongValue", "name", "een tekst in twee talen: {nl: ..., en: ...}.",
         "a text in two languages: {nl: ..., en: ...}."),
        (NAME, "{nl: 2024, en: x}", "WrongValue", "name.nl", "Verwacht: een tekst.", "Expected: a text."),
        (NAME, "{nl: ' ', en: x}", "MissingTranslation", "name.nl", "De tekst in de taal 'nl' ontbreekt.",
         "The text in language 'nl' is missing."),
        (NAME, "{nl: x, en: " + 201 * "y" + "}", "WrongValue", "name.en", "een tekst van ten hoogste 200 tekens",
         "a text of at most 200 characters"),
        ("periods: [2020]", "periods: [2020.5]", "WrongValue", "periods.0", "een jaar van 1800 tot en met 2199",
         "a year from 1800 to 2199"),
        ("periods: [2020]", "periods: [true]", "WrongValue", "periods.0", "De waarde 'ja/waar'",
         "The value 'yes/true'"),
        ("periods: [2020]", "periods: ['2020']", "WrongValue", "periods.0", "Schrijf het jaar zonder aanhalingstekens.",
         "Write the year without quotation marks."),
        ("periods: [2020]", "periods: 2020", "WrongValue", "periods", "een lijst: [..., ...]", "a list: [..., ...]"),
        ("periods: [2020]", "periods: []", "WrongValue", "periods", "een lijst met ten minste één onderdeel",
         "a list with at least one item"),
        ("periods: [2020]", "periods: [2020, 2020]", "WrongValue", "periods", "'2020, 2020' past hier niet. Verwacht: "
         "elk jaar één keer.", "Expected: every year once."),
        ("nature: synthetic", "nature: x", "WrongValue", "nature", "een van: fieldlab, reference_case, synthetic",
         "one of: fieldlab, reference_case, synthetic"),
        ("kind: circular_factory", "kind: Circulaire fabriek", "WrongValue", "kind", "Bedoelt u 'circular_factory'?",
         "Did you mean 'circular_factory'?"),
        ("kind: circular_factory", "kind: x", "WrongValue", "kind", "Kies uit: circular_factory", "Choose from: circ"),
        ("licence: CC0\n", "licence: CC0\nmunicipality: apeldoorn\n", "WrongValue", "municipality",
         "Bedoelt u 'GM0200'?", "Did you mean 'GM0200'?"),
        ("licence: CC0\n", "licence: CC0\nnotes: x\n", "WrongValue", "notes", "een lijst: [..., ...]", "a list:"),
        ("year: 2026", "year: twee", "WrongValue", "sources.0.year", "een jaar van 1800", "a year from 1800"),
        (NAME, '{nl: "a\\u200bb", en: x}', "HiddenCharacter", "name.nl", "De tekst 'a⟨U+200B⟩b' bevat",
         "The text 'a⟨U+200B⟩b' contains"),
    ],
)  # fmt: skip
def test_a_wrong_description_is_answered_in_plain_words(
    old: str, new: str, error: str, key: str, nl: str, en: str, edited: Callable[[str, str], Path], faults_in: Faults
) -> None:
    (fault,) = faults_in(edited(old, new))
    assert (fault.code, fault.where.file, fault.where.key) == (error, "fieldlab.yaml", key)
    assert nl in fault.text("nl")
    assert en in fault.text("en")


@pytest.mark.parametrize(
    ("new", "error", "nl"),
    [
        ("\tid: x", "YamlSyntax", "Spring in met spaties, niet met tabs."),
        ("id: a: b", "YamlSyntax", "Dit is geen geldige YAML: 'id: a: b'."),
        ("id: !!binary aGVsbG8=", "YamlTag", "meer dan gewone gegevens: !!binary."),
        ("id: &a x", "YamlTag", "meer dan gewone gegevens: &a."),
        ("12: x\nid: test-lab", "YamlTag", "een sleutel die geen tekst is. Zet tekst die op een getal"),
        ("id: a\u200bb", "HiddenCharacter", "De tekst 'id: a⟨U+200B⟩b' bevat"),
    ],
)
def test_what_is_no_plain_yaml_is_named_with_its_row(
    new: str, error: str, nl: str, edited: Callable[[str, str], Path], faults_in: Faults
) -> None:
    (fault,) = faults_in(edited("id: test-lab", new))
    assert (fault.code, fault.where.file, fault.where.row) == (error, "fieldlab.yaml", 1)
    assert nl in fault.text("nl")


@pytest.mark.parametrize("new", ["id: [", "id: x\nkind: y", "id: x\nid: y", "id: Ü"])
def test_faults_of_the_description_and_of_all_tables_come_in_one_round(
    new: str, edited: Callable[[str, str], Path], faults_in: Faults
) -> None:
    folder = edited("id: test-lab", new)
    path = folder / "flows.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("glass", "glas").replace(",kg,", ",kilo,"), "utf-8")
    found = faults_in(folder)
    assert {f.where.file for f in found} == {"fieldlab.yaml", "flows.csv"}
    assert {f.where.column for f in found} >= {"material", "unit"}
    assert not any(f.code in ("PeriodNotDeclared", "PeriodWithoutFlows") for f in found)


def test_a_description_that_is_not_text_or_lies_elsewhere_is_refused(
    edited: Callable[[str, str], Path], faults_in: Faults, tmp_path: Path
) -> None:
    folder = edited("id: test-lab", "id: test-lab")
    path = folder / "fieldlab.yaml"
    sound = path.read_text(encoding="utf-8")
    path.write_bytes(sound.replace("Testfabriek", "Café").encode("latin-1"))
    (fault,) = faults_in(folder)
    assert (fault.code, fault.where.row) == ("WrongEncoding", 4)
    assert "Sla het bestand op met de codering UTF-8." in fault.text("nl")
    outside = tmp_path / "outside.yaml"
    outside.write_text(sound, encoding="utf-8")
    path.unlink()
    path.symlink_to(outside)
    (fault,) = faults_in(folder)
    assert "het is een koppeling naar iets buiten de map. Zet het bestand zelf in de map." in fault.text("nl")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = ["id", "kind", "nature", "name", "about", "municipality", "periods", "sources", "licence", "notes", "colour"]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.dictionaries(st.sampled_from(KEYS), VALUES))
def test_no_description_gets_past_with_anything_but_faults_in_plain_words(
    data: dict[str, Any], write_lab: Write, make_flow: Flow
) -> None:
    folder = write_lab([make_flow()])
    (folder / "fieldlab.yaml").write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DataFaults) as caught:
        load_fieldlab(folder)
    for lang in ("nl", "en"):
        assert "Input should" not in caught.value.text(lang)
        assert "{expected}" not in caught.value.text(lang)
