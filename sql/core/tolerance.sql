-- One row per comparison and indicator: how far apart two figures of one thing may lie. No indicator: every other one.
-- One period before and after a rebase of populations differs by up to 0.2 years of life and 0.5 of a slope of healthy
-- life. `is_share`: a part of the figure that ours is compared with. Reconciliation and checks read the same row.
select stated.compared, stated.indicator, cast(stated.tolerance as double) as tolerance, stated.is_share
from (
    values
    ('slope index', 'life_expectancy_at_birth', 0.2, false),
    ('slope index', null, 0.5, false),
    ('value of another source', 'life_expectancy_at_birth', 0.2, false),
    ('value of another source', 'life_expectancy_at_65', 0.2, false),
    ('value of another source', null, 0.5, false),
    ('average score', null, 0.001, false),
    ('share of LSOAs in the most deprived tenth', null, 0.0001, false),
    ('slope index over tenths of areas', null, 0.15, true),
    ('mean of the groups', null, 0.1, true)
) as stated (compared, indicator, tolerance, is_share)
