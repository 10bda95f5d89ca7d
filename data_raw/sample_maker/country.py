"""The made-up country: regions, counties, districts, care boards and neighbourhoods, in every year that matters.

What belongs here: which areas there are, how they nest, when they change, and how deprived each neighbourhood is at
heart (`need`). What does not: scores, people or health. No code is in any register (all begin with X) and every name
says that it is modelled.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import fsum

from sample_maker.chance import uniform

RECODED_IN, MERGED_IN = 2022, 2023
COUNTRY = ("X92000001", "Modelled England")

Code = tuple[str, str]
"""A code and the name that goes with it."""

MERGED_COUNTY = "D"
MERGED_UNITARY: Code = ("X06000017", "Modelled Unitary 17")
OLD_CODE, NEW_CODE = "X06000005", "X06000105"

UNITARY_SIZES = (24, 22, 20, 20, 18, 18, 18, 16, 16, 16, 16, 14, 14, 12, 10, 6)
COUNTY_DISTRICTS = {"A": (1, 2, 3, 4), "B": (5, 6, 7, 8), "C": (9, 10, 11, 12), "D": (13, 14)}
DISTRICT_SIZE = 10
REGION_NEED = {"A": 0.62, "B": 0.5, "C": 0.38}


@dataclass(frozen=True)
class District:
    """A unitary authority (no county) or a district of a county, with its number of neighbourhoods in 2011."""

    number: int
    county: str
    region_letter: str
    board_letter: str
    size: int

    def at(self, year: int) -> Code:
        """Code and name of the lower tier in a year."""
        if self.county:
            if self.county == MERGED_COUNTY and year >= MERGED_IN:
                return MERGED_UNITARY
            return f"X07{self.number:06}", f"Modelled District {self.number:02}"
        code = f"X06{self.number:06}"
        if code == OLD_CODE and year >= RECODED_IN:
            code = NEW_CODE
        return code, f"Modelled Unitary {self.number:02}"

    def upper_at(self, year: int) -> Code:
        """Code and name of the upper tier in a year: the county, else the unitary authority itself."""
        if self.county and not (self.county == MERGED_COUNTY and year >= MERGED_IN):
            return f"X10{'ABCD'.index(self.county) + 1:06}", f"Modelled County {self.county}"
        return self.at(year)

    @property
    def region(self) -> Code:
        """Code and name of the region."""
        return f"X12{'ABC'.index(self.region_letter) + 1:06}", f"Modelled Region {self.region_letter}"

    @property
    def board(self) -> tuple[str, str, str]:
        """Code, NHS code and name of the integrated care board."""
        number = "ABC".index(self.board_letter) + 1
        return f"X54{number:06}", f"XQ{self.board_letter}", f"NHS Modelled {self.board_letter} Integrated Care Board"

    @property
    def sub_board(self) -> tuple[str, str, str]:
        """Code, NHS code and name of the part of the care board: one for unitary authorities, one for districts."""
        number = 2 * "ABC".index(self.board_letter) + (2 if self.county else 1)
        short = f"X{number}A"
        return f"X38{number:06}", short, f"NHS Modelled {self.board_letter} ICB - {short}"

    @property
    def need(self) -> float:
        """How deprived the area is at heart, 0 to 1."""
        return 0.5 * REGION_NEED[self.region_letter] + 0.5 * uniform("district need", self.county, self.number)


@dataclass(frozen=True)
class Neighbourhood:
    """An LSOA: code, name, the area it lies in, and how deprived it is at heart (0 to 1)."""

    code: str
    name: str
    district: District
    need: float


@cache
def districts() -> tuple[District, ...]:
    """The 30 lower-tier areas of 2019: 16 unitary authorities, then 14 districts of 4 counties."""
    unitaries = [
        District(n, "", region, region, UNITARY_SIZES[n - 1])
        for region, numbers in {"A": range(1, 7), "B": range(7, 12), "C": range(12, 17)}.items()
        for n in numbers
    ]
    # County D lies in region B but belongs to the care board of region C.
    places = {"A": ("A", "A"), "B": ("B", "B"), "C": ("C", "C"), "D": ("B", "C")}
    shire = [District(n, c, *places[c], DISTRICT_SIZE) for c, numbers in COUNTY_DISTRICTS.items() for n in numbers]
    return (*unitaries, *shire)


def _name(district: District, position: int, letter: str) -> str:
    return f"{district.at(2019)[1]} {position // 4 + 1:03}{letter}"


@cache
def neighbourhoods_2011() -> tuple[Neighbourhood, ...]:
    """The 400 LSOAs of 2011, by code."""
    found: list[Neighbourhood] = []
    for district in districts():
        for position in range(district.size):
            code = f"X01{len(found) + 1:06}"
            need = 0.5 * district.need + 0.5 * uniform("neighbourhood need", code)
            found.append(Neighbourhood(code, _name(district, position, "ABCD"[position % 4]), district, need))
    return tuple(found)


@cache
def changes() -> tuple[tuple[Neighbourhood, str, Neighbourhood], ...]:
    """LSOA 2011, change code, LSOA 2021: unchanged U, split S, merged M, and X where it is neither.

    The first LSOA of fourteen areas is split, the third and fourth of four areas are merged, and one pair on the
    border of two districts is cut anew.
    """
    by_district: dict[District, list[Neighbourhood]] = {}
    for old in neighbourhoods_2011():
        by_district.setdefault(old.district, []).append(old)
    rows: list[tuple[Neighbourhood, str, Neighbourhood]] = []
    made = 0

    def new(district: District, position: int, letter: str, need: float) -> Neighbourhood:
        nonlocal made
        made += 1
        return Neighbourhood(f"X01{34_000 + made:06}", _name(district, position, letter), district, need)

    for index, (district, olds) in enumerate(by_district.items()):
        split, merged = index < 14, index in (18, 21, 24, 27)
        merged_into = new(district, 2, "E", (olds[2].need + olds[3].need) / 2) if merged else None
        for position, old in enumerate(olds):
            if split and position == 0:
                rows += [(old, "S", new(district, 0, letter, old.need)) for letter in "EF"]
            elif merged_into and position in {2, 3}:
                rows.append((old, "M", merged_into))
            elif (index, position) == (16, DISTRICT_SIZE - 1):
                rows.append((old, "X", new(district, position, "G", old.need)))
                border = new(districts()[17], 0, "G", old.need)
                rows.append((old, "X", border))
            elif (index, position) == (17, 0):
                rows.append((old, "X", border))
            else:
                rows.append((old, "U", old))
    return tuple(sorted(rows, key=lambda row: (row[0].code, row[2].code)))


@cache
def neighbourhoods_2021() -> tuple[Neighbourhood, ...]:
    """The 410 LSOAs of 2021, by code."""
    return tuple(sorted({new.code: new for _, _, new in changes()}.values(), key=lambda new: new.code))


@cache
def need_of(year: int, *, upper: bool) -> dict[Code, float]:
    """Mean need of the lower or upper tier areas of a year, by code."""
    members: dict[Code, list[float]] = {}
    for place in neighbourhoods_2011():
        area = place.district.upper_at(year) if upper else place.district.at(year)
        members.setdefault(area, []).append(place.need)
    return {area: fsum(needs) / len(needs) for area, needs in sorted(members.items())}
