from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gnn_emotion.schema.tables import TIME, TIME_PRECISIONS
from gnn_emotion.schema.time import parse_times, times_of_mids
from gnn_emotion.schema.time_templates import RELATIVE, TO_DAY, TO_MINUTE, TO_SECOND

CHINA = dt.timezone(dt.timedelta(hours=8))
CRAWL = dt.datetime(2020, 3, 1, 9, 30, tzinfo=CHINA)


def read(value, crawl=None):
    """Read one time: what it shows on a clock in China, and its precision."""
    anchor = None if crawl is None else pa.array([crawl], TIME)
    times, precision = parse_times(pa.array([value], pa.string()), anchor)
    assert times.type == TIME
    assert precision.type == pa.int8()
    found, kind = times[0].as_py(), precision[0].as_py()
    if found is None:
        assert kind is None
        return None
    return found.astimezone(CHINA).replace(tzinfo=None).isoformat(" "), TIME_PRECISIONS[kind]


def test_the_positions_of_the_precisions():
    assert [TIME_PRECISIONS[i] for i in (TO_SECOND, TO_MINUTE, TO_DAY, RELATIVE)] == [
        "second",
        "minute",
        "day",
        "relative",
    ]


@pytest.mark.parametrize(
    ("value", "time", "precision"),
    [
        ("Tue May 31 17:46:55 +0800 2011", "2011-05-31 17:46:55", "second"),
        ("Tue May 31 17:46:55 +0000 2011", "2011-06-01 01:46:55", "second"),
        ("Tue May 31 17:46:55 -0330 2011", "2011-06-01 05:16:55", "second"),
        ("Sat Jul 02 22:23:30 2022", "2022-07-02 22:23:30", "second"),
        ("Sat Jul  2 22:23:30 2022", "2022-07-02 22:23:30", "second"),
        ("2022-04-27 10:20:54", "2022-04-27 10:20:54", "second"),
        ("2022-04-27T10:20:54", "2022-04-27 10:20:54", "second"),
        ("2022-04-27T10:20:54Z", "2022-04-27 18:20:54", "second"),
        ("2022-04-27T10:20:54.25Z", "2022-04-27 18:20:54.250000", "second"),
        ("2022-04-27 10:20:54.123456789", "2022-04-27 10:20:54.123456", "second"),
        ("2023-12-23 17:12:54+08:00", "2023-12-23 17:12:54", "second"),
        ("2023-12-23 17:12:54 +0000", "2023-12-24 01:12:54", "second"),
        ("2022-04-27 10:20", "2022-04-27 10:20:00", "minute"),
        ("2022/4/27 10:20", "2022-04-27 10:20:00", "minute"),
        ("2022/04/27 10:20", "2022-04-27 10:20:00", "minute"),
        ("2022/4/7 1:02:03", "2022-04-07 01:02:03", "second"),
        ("2020年01月02日 11:00", "2020-01-02 11:00:00", "minute"),
        ("2020年1月2日11:00", "2020-01-02 11:00:00", "minute"),
        ("2020年1月2日", "2020-01-02 00:00:00", "day"),
        ("2019-12-28", "2019-12-28 00:00:00", "day"),
        ("2020-02-29", "2020-02-29 00:00:00", "day"),
        ("1577836800", "2020-01-01 08:00:00", "second"),
        ("1577836800.0", "2020-01-01 08:00:00", "second"),
        ("1577836800123", "2020-01-01 08:00:00.123000", "second"),
        (" \n\t2022-04-27 10:20:54\n ", "2022-04-27 10:20:54", "second"),
        ("2022-04-27 \n 10:20", "2022-04-27 10:20:00", "minute"),
    ],
)
def test_forms_that_say_it_all(value, time, precision):
    assert read(value) == (time, precision)
    assert read(value, CRAWL) == (time, precision)


@pytest.mark.parametrize(
    ("value", "time", "precision"),
    [
        ("刚刚", "2020-03-01 09:30:00", "relative"),
        ("10秒前", "2020-03-01 09:29:50", "relative"),
        ("30秒钟前", "2020-03-01 09:29:30", "relative"),
        ("5分钟前", "2020-03-01 09:25:00", "relative"),
        ("10小时前", "2020-02-29 23:30:00", "relative"),
        ("2天前", "2020-02-28 09:30:00", "relative"),
        ("今天 08:03", "2020-03-01 08:03:00", "relative"),
        ("今天08:03", "2020-03-01 08:03:00", "relative"),
        ("昨天 12:03", "2020-02-29 12:03:00", "relative"),
        ("前天 12:03", "2020-02-28 12:03:00", "relative"),
        ("昨天", "2020-02-29 00:00:00", "relative"),
        ("05-31", "2019-05-31 00:00:00", "day"),
        ("02-29", "2020-02-29 00:00:00", "day"),
        ("5月31日", "2019-05-31 00:00:00", "day"),
        ("01月01日 23:38", "2020-01-01 23:38:00", "minute"),
        ("  03月01日 23:38\n", "2020-03-01 23:38:00", "minute"),
        ("03月02日 09:30", "2020-03-02 09:30:00", "minute"),
        ("03月02日 09:31", "2019-03-02 09:31:00", "minute"),
        ("03月01日 03:45 转赞人数超过20", "2020-03-01 03:45:00", "minute"),
        (" 今天 08:03\n 转赞人数超过100\n", "2020-03-01 08:03:00", "relative"),
        ("12-31 23:59:58", "2019-12-31 23:59:58", "second"),
    ],
)
def test_forms_that_hang_on_the_crawl(value, time, precision):
    assert read(value, CRAWL) == (time, precision)
    assert read(value) is None


def test_a_date_just_after_new_year_s_eve():
    eve = dt.datetime(2019, 12, 31, 23, 0, tzinfo=CHINA)
    assert read("01月01日 00:10", eve) == ("2020-01-01 00:10:00", "minute")
    assert read("02-29", eve) == ("2016-02-29 00:00:00", "day")


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        "无",
        "2026-昨天-08 12:03",
        "0000-01-01",
        "9999-01-01 00:00:00",
        "1989-12-31",
        "2100-01-01 08:00:00",
        "2021-02-29",
        "2021-13-01",
        "2021-00-01",
        "2021-01-01 24:00",
        "2021-01-01 10:60",
        "2021-1-112:03",
        "Tue Mai 31 17:46:55 +0800 2011",
        "4000000000000001",
        "9999999999",
        "12",
        "20:20",
        "31-05",
        "今天 25:00",
        "２０２０-01-01",
    ],
)
def test_what_is_no_time(value):
    assert read(value, CRAWL) is None


def test_rows_of_all_forms_in_one_column():
    values = ["2020-01-01", None, "刚刚", "1577836800", "x", "5分钟前", "05-31"]
    crawl = pa.array([CRAWL, CRAWL, None, None, CRAWL, CRAWL, CRAWL], TIME)
    times, precision = parse_times(pa.array(values), crawl)
    assert times.is_valid().to_pylist() == [True, False, False, True, False, True, True]
    assert precision.to_pylist() == [TO_DAY, None, None, TO_SECOND, None, RELATIVE, TO_DAY]


def test_a_slice_of_a_column_reads_as_itself():
    values = pa.array(["2020-01-01 00:00:00", "2021-01-01 00:00:00", "2022-01-01 00:00:00"])
    sliced, _ = parse_times(values.slice(1, 2))
    assert sliced.equals(parse_times(values)[0].slice(1, 2))


def test_an_empty_column():
    times, precision = parse_times(pa.array([], pa.string()))
    assert len(times) == len(precision) == 0


MOMENTS = st.datetimes(dt.datetime(1990, 1, 2), dt.datetime(2099, 12, 30))


@given(MOMENTS)
def test_every_form_of_a_moment_is_that_moment(moment):
    second, day = moment.replace(microsecond=0), moment.strftime("%Y-%m-%d 00:00:00")
    shown = second.isoformat(" ")
    assert read(shown) == (shown, "second")
    assert read(moment.isoformat())[0] == moment.isoformat(" ")
    assert read(second.strftime("%a %b %d %H:%M:%S +0800 %Y"))[0] == shown
    assert read(f"{moment.year}/{moment.month}/{moment.day}") == (day, "day")
    epoch = int(second.replace(tzinfo=CHINA).timestamp())
    if epoch >= 10**9:
        assert read(str(epoch)) == read(f"{epoch}.0") == read(f"{epoch}000") == (shown, "second")


@given(MOMENTS, st.datetimes(dt.datetime(1999, 1, 1), dt.datetime(2099, 1, 1)))
def test_a_date_without_a_year_is_the_latest_by_the_crawl(moment, crawl):
    found = read(moment.strftime("%m-%d %H:%M"), crawl.replace(tzinfo=CHINA))
    time = dt.datetime.fromisoformat(found[0])
    limit = crawl + dt.timedelta(days=1)
    assert time.strftime("%m-%d %H:%M") == moment.strftime("%m-%d %H:%M")
    assert time <= limit
    for year in range(time.year + 1, limit.year + 1):
        if moment.strftime("%m-%d") != "02-29" or year % 4 == 0:
            assert time.replace(year=year) > limit


@given(st.lists(st.none() | st.text() | st.from_regex(r"\A[\d年月日:/ +TZ.前-]{1,30}\Z")))
def test_any_text_is_read_or_null(values):
    crawl = pa.array([CRAWL] * len(values), TIME)
    times, precision = parse_times(pa.array(values, pa.string()), crawl)
    assert len(times) == len(precision) == len(values)
    assert times.is_valid().equals(precision.is_valid())
    assert not any(time and not 1989 < time.year < 2101 for time in times.to_pylist())


@given(st.datetimes(dt.datetime(2009, 8, 14), dt.datetime(2060, 1, 1)), st.integers(0, 2**22 - 1))
def test_the_time_in_a_mid(moment, low_bits):
    second = moment.replace(microsecond=0, tzinfo=CHINA)
    mid = (int(second.timestamp()) - 515483463 << 22) + low_bits
    assert times_of_mids(pa.array([str(mid)]))[0].as_py() == second


@pytest.mark.parametrize(
    "mid",
    ["0000000000000001", "1234567890123456", "400000000000000", "40000000000000000", "", None],
)
def test_ids_that_carry_no_time(mid):
    assert times_of_mids(pa.array([mid], pa.string())).to_pylist() == [None]


@given(st.lists(st.none() | st.text() | st.from_regex(r"\A\d{16}\Z")))
def test_any_id_has_a_time_or_none(mids):
    assert len(times_of_mids(pa.array(mids, pa.string()))) == len(mids)


@pytest.mark.real_data
def test_mids_of_real_posts_say_when_they_were_posted(real_data):
    from gnn_emotion.ingest.ids import bids_to_mids

    table = pq.read_table(real_data("ced/reposts.parquet"), columns=["mid", "date"]).slice(
        0, 50_000
    )
    mids, dates = (table[name].cast(pa.string()).combine_chunks() for name in ("mid", "date"))
    written, _ = parse_times(dates)
    yearless = pc.match_substring_regex(dates, r"^\d\d月\d\d日 ")
    assert written.is_null().equals(yearless)
    apart = pc.seconds_between(times_of_mids(bids_to_mids(mids)), written).drop_null()
    assert len(apart) > 40_000
    assert pc.mean(pc.less(pc.abs(apart), 60)).as_py() > 0.999
