"""The pieces of `data_raw/make_sample.py`: what the embedded sample holds and how it is written.

`facts` holds published figures, `truth` the known answers, `country` the made-up areas; `deprivation`, `geography`,
`population`, `life_expectancy`, `mortality` and `fingertips` turn them into tables; `layouts` turns tables into bytes.
The pipeline never imports this package.
"""
