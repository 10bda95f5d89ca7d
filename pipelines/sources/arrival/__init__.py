"""How bytes come in and are kept.

`origin` sample, folder or live; `live` and `transport` ask the publishers; `snapshot` keeps what came; `intake` reads
the kept files into one staging table.
"""
