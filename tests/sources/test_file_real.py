"""Real files through the reader, whole: published data, and workbooks of an office program."""

from __future__ import annotations

import csv
import shutil
import subprocess
from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.reading.exports import pulled
from tests.reading.real_files import real_file


def test_the_cdnow_payments_come_whole_through_the_reader(tmp_path: Path) -> None:
    lines = (Path(__file__).parents[1] / "data" / "cdnow_sample.txt").read_text().split("\n")
    with (tmp_path / "cdnow.csv").open("w", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(["master", "patient_id", "paid_at", "units", "amount"])
        out.writerows(line.split() for line in lines if line.strip())
    found = pulled(tmp_path, "payments", "cdnow.csv")
    assert (found.read, found.refused_count) == (6919, 0)
    frame = found.frame
    assert frame is not None
    assert len(frame) == 6919
    assert frame["patient_key"].nunique() == 2357
    assert frame["amount"].sum() == 24_409_194
    local = frame["paid_at"].dt.tz_convert("Asia/Yekaterinburg")
    early = frame.assign(day=local.dt.date)[
        local < pd.Timestamp("1997-10-01", tz="Asia/Yekaterinburg")
    ]
    days = early.drop_duplicates(["patient_key", "day"])
    assert (days["patient_key"].value_counts() > 1).sum() == 946


def test_the_online_retail_workbook_comes_through_with_its_returns_and_its_nameless_customers(
    tmp_path: Path,
) -> None:
    shutil.copy(real_file("online_retail_II_extract.xlsx"), tmp_path / "retail.xlsx")
    columns = {
        "payment_id": "Invoice",
        "paid_at": "InvoiceDate",
        "amount": "Quantity",
        "patient_id": "Customer ID",
        "service": "Description",
    }
    found = pulled(tmp_path, "payments", "retail.xlsx", columns=columns, sheet=1)
    frame = found.frame
    assert frame is not None
    assert (found.read, found.refused_count, len(frame)) == (499, 4, 495)
    assert {r.reason for r in found.refused} == {
        "нет ни номера пациента, ни верного телефона или e-mail"
    }
    assert frame["payment_id"].str.startswith("C").sum() == 29
    assert frame["patient_key"].nunique() == 29
    assert frame["amount"].sum() == 596_900
    assert frame["payment_id"].is_unique


def test_a_workbook_saved_as_ods_or_xls_gives_the_same_rows(tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("нет LibreOffice: нечем сохранить XLS и ODS")
    frame = pd.DataFrame(
        {
            "№ карты": ["00123", "00124"],
            "Телефон": [79000000001.0, 79000000002.0],
            "Дата приёма": [datetime(2026, 2, 3, 10, 30), datetime(2026, 2, 4)],
            "Статус": ["Пришёл", "Не явился"],
        }
    )
    frame.to_excel(tmp_path / "book.xlsx", index=False, engine="xlsxwriter")
    home = f"-env:UserInstallation=file://{tmp_path}/office"
    for ending in ("ods", "xls"):
        subprocess.run([office, home, "--headless", "--convert-to", ending, "--outdir", tmp_path, tmp_path / "book.xlsx"], check=True, capture_output=True)  # fmt: skip
    found = [
        pulled(tmp_path, "appointments", f"book.{ending}").frame
        for ending in ("xlsx", "ods", "xls")
    ]
    one, *others = [f.drop(columns="source") for f in found if f is not None]
    assert len(one) == 2
    assert all(one.equals(other) for other in others)
