-- Average IMD score and the share of LSOAs in the most deprived tenth equal the published area summaries.
-- scope: delivery
select
    published.imd_release, published.tier, published.area_code,
    published.imd_average_score, ours.imd_average_score as our_average_score,
    published.imd_share_in_most_deprived_tenth, ours.share_of_lsoas_in_most_deprived_tenth as our_share,
    (
        select max(lsoa.snapshot_sha256)
        from core.lsoa as lsoa
        where lsoa.imd_release = published.imd_release
    ) as snapshot_sha256
from staging.iod_area_summary as published
left join core.area_deprivation as ours
    on published.area_code = ours.area_code and published.imd_release = ours.imd_release
join core.tolerance as of_score on of_score.compared = 'average score'
join core.tolerance as of_share on of_share.compared = 'share of LSOAs in the most deprived tenth'
where
    ours.area_code is null
    or abs(published.imd_average_score - ours.imd_average_score) > of_score.tolerance
    or abs(published.imd_share_in_most_deprived_tenth - ours.share_of_lsoas_in_most_deprived_tenth)
    > of_share.tolerance
