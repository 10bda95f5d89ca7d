"""Published figures, typed in as facts with their source. Nothing here is modelled.

What belongs here: numbers that a publisher printed, each table with where it stands. What does not: anything computed
or made up.
"""

from __future__ import annotations

LIFE_EXPECTANCY_SOURCE = "ONS, Healthy life expectancy by national area deprivation, England: time series"
LIFE_EXPECTANCY_ADDRESS = (
    "https://www.ons.gov.uk/peoplepopulationandcommunity/healthandsocialcare/healthinequalities/datasets/"
    "healthylifeexpectancybynationalareadeprivationenglandtimeseries"
)

# Years at birth by national deprivation decile, England, as published to 1 decimal place (OGL v3.0).
# period, sex, then deciles 1 (most deprived) to 10.

LIFE_EXPECTANCY = """
2013 to 2015 Male   73.9 76.0 77.3 78.6 79.6 80.4 81.0 81.4 82.1 83.1
2013 to 2015 Female 78.8 80.3 81.6 82.4 83.1 83.6 84.2 84.5 85.1 86.0
2014 to 2016 Male   73.9 76.0 77.3 78.7 79.7 80.4 81.1 81.5 82.2 83.2
2014 to 2016 Female 78.8 80.3 81.6 82.5 83.1 83.7 84.2 84.6 85.1 86.1
2015 to 2017 Male   73.9 76.0 77.3 78.7 79.7 80.4 81.1 81.5 82.2 83.3
2015 to 2017 Female 78.7 80.3 81.5 82.5 83.1 83.7 84.2 84.6 85.1 86.1
2016 to 2018 Male   73.8 76.0 77.5 78.7 79.8 80.6 81.1 81.7 82.3 83.4
2016 to 2018 Female 78.6 80.4 81.6 82.4 83.3 83.8 84.3 84.8 85.2 86.2
2017 to 2019 Male   74.0 76.1 77.6 78.8 79.9 80.7 81.2 81.8 82.3 83.4
2017 to 2019 Female 78.7 80.5 81.8 82.5 83.4 84.0 84.5 84.9 85.4 86.3
2018 to 2020 Male   73.5 75.6 77.2 78.4 79.6 80.4 81.0 81.6 82.1 83.1
2018 to 2020 Female 78.3 80.1 81.4 82.4 83.2 83.8 84.3 84.7 85.3 86.1
2019 to 2021 Male   72.9 75.2 76.8 78.1 79.3 80.2 80.8 81.4 82.0 83.0
2019 to 2021 Female 77.9 79.8 81.2 82.3 83.1 83.7 84.3 84.7 85.3 86.1
2020 to 2022 Male   72.6 74.9 76.6 77.9 79.1 80.1 80.6 81.4 81.9 83.0
2020 to 2022 Female 77.7 79.6 81.0 82.1 83.0 83.6 84.2 84.6 85.2 86.1
2021 to 2023 Male   72.8 75.3 76.9 78.2 79.3 80.3 80.8 81.6 82.1 83.2
2021 to 2023 Female 78.0 79.9 81.3 82.3 83.2 83.8 84.3 84.9 85.4 86.3
2022 to 2024 Male   73.2 75.7 77.3 78.7 79.7 80.5 81.2 81.8 82.4 83.6
2022 to 2024 Female 78.3 80.4 81.6 82.7 83.5 84.1 84.6 85.1 85.5 86.4
"""
HEALTHY_LIFE_EXPECTANCY = """
2013 to 2015 Male   52.1 56.2 59.4 61.7 64.0 65.0 66.8 67.5 68.4 70.4
2013 to 2015 Female 52.2 56.0 59.5 62.7 64.7 66.7 67.1 68.5 69.1 71.3
2014 to 2016 Male   52.3 56.3 59.2 62.1 64.4 64.9 66.5 67.4 68.8 70.2
2014 to 2016 Female 51.9 56.6 59.5 62.7 64.1 65.7 66.8 68.2 68.7 70.8
2015 to 2017 Male   52.1 57.0 59.1 61.9 64.0 64.7 66.5 67.7 68.9 70.3
2015 to 2017 Female 52.2 56.8 59.4 62.1 64.5 65.7 66.9 68.0 68.7 70.5
2016 to 2018 Male   52.2 56.7 59.2 61.8 64.1 64.6 66.7 67.7 69.1 70.3
2016 to 2018 Female 51.8 56.6 59.4 61.9 65.4 65.4 67.1 68.3 69.1 70.8
2017 to 2019 Male   52.5 56.4 58.7 62.0 63.9 64.4 66.7 67.0 68.9 70.4
2017 to 2019 Female 51.7 56.1 59.0 62.0 64.3 64.9 67.1 67.6 68.2 71.1
2018 to 2020 Male   52.3 56.8 58.6 61.3 64.2 65.2 66.3 67.6 68.2 70.3
2018 to 2020 Female 51.7 56.7 59.5 61.9 64.5 65.2 67.5 68.6 69.4 70.7
2019 to 2021 Male   52.0 56.2 59.2 60.5 63.8 64.8 65.7 67.1 68.6 70.4
2019 to 2021 Female 51.4 56.2 60.3 61.6 64.3 64.7 67.2 68.5 69.1 70.3
2020 to 2022 Male   51.4 55.9 59.0 60.3 62.8 64.4 65.4 67.0 68.4 70.2
2020 to 2022 Female 50.3 54.8 59.1 61.1 62.9 64.2 66.2 67.9 68.6 70.0
2021 to 2023 Male   50.2 54.8 58.3 60.7 62.1 63.8 63.9 66.1 67.7 70.0
2021 to 2023 Female 48.8 54.2 57.4 60.7 62.9 64.4 64.6 66.3 67.6 69.1
2022 to 2024 Male   49.8 54.1 56.9 60.1 62.2 62.8 64.0 65.5 66.8 69.2
2022 to 2024 Female 48.2 55.1 56.9 58.5 61.8 63.8 64.9 65.4 67.4 68.5
"""
# Per cent of life in good health, as published (not always the quotient of the rounded years above).
PER_CENT_IN_GOOD_HEALTH = """
2013 to 2015 Male   70 74 77 78 80 81 83 83 83 85
2013 to 2015 Female 66 70 73 76 78 80 80 81 81 83
2014 to 2016 Male   71 74 77 79 81 81 82 83 84 84
2014 to 2016 Female 66 70 73 76 77 79 79 81 81 82
2015 to 2017 Male   71 75 76 79 80 81 82 83 84 84
2015 to 2017 Female 66 71 73 75 78 78 79 80 81 82
2016 to 2018 Male   71 75 76 79 80 80 82 83 84 84
2016 to 2018 Female 66 70 73 75 79 78 80 81 81 82
2017 to 2019 Male   71 74 76 79 80 80 82 82 84 84
2017 to 2019 Female 66 70 72 75 77 77 79 80 80 82
2018 to 2020 Male   71 75 76 78 81 81 82 83 83 84
2018 to 2020 Female 66 71 73 75 78 78 80 81 81 82
2019 to 2021 Male   71 75 77 77 81 81 81 82 84 85
2019 to 2021 Female 66 71 74 75 77 77 80 81 81 82
2020 to 2022 Male   71 75 77 77 79 80 81 82 84 85
2020 to 2022 Female 65 69 73 74 76 77 79 80 81 81
2021 to 2023 Male   69 73 76 78 78 79 79 81 82 84
2021 to 2023 Female 63 68 71 74 76 77 77 78 79 80
2022 to 2024 Male   68 71 74 76 78 78 79 80 81 83
2022 to 2024 Female 62 69 70 71 74 76 77 77 79 79
"""
POPULATION_SOURCE = (
    "MHCLG, English Indices of Deprivation 2019, File 7: total population mid 2015 (excluding prisoners), "
    "summed by decile"
)
POPULATION_ADDRESS = (
    "https://assets.publishing.service.gov.uk/government/uploads/system/uploads/attachment_data/file/845345/"
    "File_7_-_All_IoD2019_Scores__Ranks__Deciles_and_Population_Denominators_3.csv"
)
# People in England by IMD 2019 decile of their LSOA 2011, deciles 1 (most deprived) to 10.
POPULATION_BY_DECILE = (
    5_394_816, 5_512_051, 5_628_403, 5_579_079, 5_525_827, 5_556_757, 5_409_036, 5_422_910, 5_377_675, 5_321_650,
)  # fmt: skip


def by_decile(table: str) -> list[tuple[str, str, tuple[float, ...]]]:
    """Read one of the tables above: (period, sex, ten numbers) per line, in the order printed."""
    lines = [line.split() for line in table.strip().splitlines()]
    return [(" ".join(words[:3]), words[3], tuple(map(float, words[4:]))) for words in lines]
