-- What are the slope index and the relative index of my own rates by tenth, from the most to the least deprived?
-- Put your own ten rows in place of these. A line through the rates over the share of people, each tenth weighing by
-- its people: the slope is the rate at the most deprived end less that at the other. It has no limits here: rates alone
-- have none.
with
own (tenth, people, rate) as (
    values
        (1, 5000, 24.1), (2, 5200, 21.9), (3, 5100, 20.2), (4, 5050, 18.7), (5, 4900, 17.5),
        (6, 4950, 16.1), (7, 5000, 15.2), (8, 5100, 13.9), (9, 5150, 12.8), (10, 4800, 11.6)
),

placed as (
    select
        *, people / sum(people) over () as share,
        (sum(people) over (order by tenth) - people / 2) / sum(people) over () as middle
    from own
),

centred as (
    select
        *, middle - sum(share * middle) over () as x, rate - sum(share * rate) over () as y,
        sum(share * rate) over () as mean_rate
    from placed
),

line as (
    select -sum(share * x * y) / sum(share * x * x) as slope_index, max(mean_rate) as mean_rate
    from centred
)

select
    slope_index, (mean_rate + slope_index / 2) / (mean_rate - slope_index / 2) as relative_index, mean_rate,
    mean_rate + slope_index / 2 as at_most_deprived_end, mean_rate - slope_index / 2 as at_least_deprived_end,
    false as is_modelled
from line
