"""Quantiles against PHEindicatormethods: every one of 34,000 rows."""

import polars as pl
import pytest

from pipelines.measures import quantile
from tests.shared import needs_golden
from tests.unit.measures.golden.case import Case, as_list, cases, numeric


@needs_golden
@pytest.mark.parametrize("name", cases("quantile"))
def test_every_row_falls_in_the_same_quantile(name: str):
    case = Case("quantile", name)
    frame, theirs = case.input({"values": "value"}), case.table("expected")
    # The reference says in its answer which of the keys it ranked within.
    within = [theirs["groupvars"][0]] if "groupvars" in theirs.columns and theirs["groupvars"][0] else []
    answer = quantile(frame, by=within, quantiles=case.params["nquantiles"], invert=case.params["invert"])
    both = answer.join(theirs.select(*case.keys, theirs=numeric("quantile").cast(pl.Int64)), on=case.keys)
    assert both.height == theirs.height == case.about["n_out"]
    assert both["quantile"].eq_missing(both["theirs"]).all()
    assert (both["quantile"].is_null() == both["note_code"].is_not_null()).all()
    warned = bool(as_list(case.about["warnings"]))
    assert "too_few_values" in both["note_code"] if warned else "too_few_values" not in both["note_code"]
