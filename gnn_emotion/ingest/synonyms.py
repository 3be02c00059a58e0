"""What people call the columns of a table of posts, users or follows (FORMATS 2.8).

Only for tables of no known crawler. Names are compared in lower case, with ``_`` for spaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gnn_emotion.ingest.records import RAW
from gnn_emotion.schema.errors import DumpError, closest


def _names(**lines: str) -> dict[str, list[str]]:
    return {raw: line.split() for raw, line in lines.items()}


#: Raw column -> names, best first. The last names of ``text`` are more often counts.
POSTS = _names(
    text="text text_raw raw_text content full_text longtextcontent 正文 微博正文 微博内容 "
    "微博中文内容 评论内容 内容 文本 博文 原文 rumortext tweet post comment_content comment_text "
    "message sentence review 评论 comment comments",
    post_id="post_id id mid idstr _id tweet_id status_id 微博id 微博mid weibo_id note_id rumorcode",
    bid="bid mblogid 微博bid",
    user_id="user_id uid userid 用户id 作者id author_id comment_user_id creator_hash",
    user_name="user_name username screen_name nick_name nickname user_screen_name "
    "user_nickname 用户昵称 昵称 用户名 发布人账号 发布人 作者 博主 author name 名称 user 用户",
    created_at="full_created_at 完整日期 publish_time post_time 发布时间 微博发布时间 评论时间 "
    "created_at create_date_time create_time datetime timestamp time_stamp time 时间 日期 date",
    crawl_time="crawl_time crawled_at last_modify_ts 爬取时间 采集时间 抓取时间",
    like_count="attitudes_count likes_count liked_count like_num like_counts like_count "
    "comment_like_count up_num 点赞数 点赞 赞 likes like",
    repost_count="reposts_count shared_count repost_num retweet_num repost_count retweet_count "
    "转发数 转发 reposts forward forwards retweets shares",
    comment_count="comments_count comment_num comment_count sub_comment_count 评论数 回复数 评论 "
    "comments comment",
    location="location 位置 发布位置 publish_place region_name ip_location ip属地 ip 地区",
    device="source 工具 发布工具 来源 publish_tool tool device",
    images="images pics pic_urls original_pictures 原始图片url 微博图片url 微博图片 图片 image_url "
    "pic_url image_list image",
    videos="videos video_url 视频url 微博视频url 微博视频 视频 video",
    topics="topics 话题 topic_text",
    mentions="mentions at_users 艾特用户 @用户",
    label="label emotion_label emo_label sentiment_label 情感倾向 情感标签 情绪标签 标签 emotion "
    "sentiment 情感 情绪",
    label_set="label_set",
    kind="kind post_kind",
)
#: Where ids are those of comments, the names for the id of a post mean the post commented on.
COMMENT_IDS = ["comment_id", "cid", "评论id", "id", "_id"]
COMMENTED = ["post_id", "weibo_id", "note_id", "微博id", "mid", "tweet_id", "status_id"]
REPLY_TO = [
    "parent_comment_id",
    "reply_comment_id",
    "上级评论id",
    "parent_id",
    "parent",
    "reply_to",
]
REPOSTED = ["retweet_id", "源微博id", "origin_weibo"]
_MARKS_COMMENTS = {"comment_id", "评论id", "评论内容", "评论时间", "comment_content"} | {
    "comment_text",
    "parent_comment_id",
    "上级评论id",
    "comment_user_id",
}

USERS = _names(
    user_id="user_id uid id _id 用户id userid user 用户",
    name="name screen_name nick_name nickname user_name username 昵称 用户昵称 用户名 名称",
    gender="gender 性别",
    location="location 所在地 地区 ip属地",
    description="description brief_introduction 简介 个人简介 bio desc",
    verified="verified 是否认证 认证",
    follower_count="followers_count follower_count fans_num fans 粉丝数 粉丝 用户粉丝数 followers",
    following_count="friends_count following_count follow_count follows_num 关注数 关注 following "
    "follows",
    post_count="statuses_count post_count tweets_num weibo_num 微博数",
    registered_at="registered_at registration_time 注册时间",
    crawl_time="crawl_time",
)
FOLLOWS = _names(
    follower_id="follower_id fan_id 粉丝id",
    followed_id="followed_id following_id followee_id 被关注id 关注id",
)
#: A profile beside a post is worth a user record only if it says one of these.
PROFILE = ("gender", "description", "verified", "follower_count", "following_count", "post_count")


@dataclass(frozen=True)
class Resolved:
    """Which column of a table is what.

    Attributes:
        table: ``posts``, ``users`` or ``follows``.
        columns: raw column -> position in the header.
        profile: raw column of ``users`` -> position, for the authors beside the posts.
        comments: the rows are comments.
        reposts: ``parent_id`` names a reposted post.
        own_ids: raw id columns that no one named explicitly, whose short numbers are therefore
            good within the file only.
    """

    table: str
    columns: dict[str, int]
    profile: dict[str, int]
    comments: bool = False
    reposts: bool = False
    own_ids: frozenset[str] = frozenset()


def resolve(names: Sequence[str], given: Mapping[str, str], source: str) -> Resolved:
    """Decide what the columns of a table are.

    Args:
        names: the header.
        given: column -> raw column, as the user mapped them; they come before all guesses.
        source: the name of the file, for messages.

    Raises:
        DumpError: a mapped column or its target does not exist, or no column looks like text.
    """
    mapped = _check(names, given, source)
    plain = [_plain(name) for name in names]
    if "text" not in mapped:
        follows = _find(plain, FOLLOWS, mapped)
        if FOLLOWS.keys() <= follows.keys():
            _check_table("follows", follows, source)
            return Resolved("follows", follows, {})
    posts = _find(plain, POSTS, mapped)
    if "text" in posts:
        return _posts(plain, posts, mapped, source)
    users = _find(plain, USERS, mapped)
    if {"user_id", "name"} & users.keys() and set(PROFILE) & users.keys():
        _check_table("users", users, source)
        return Resolved("users", users, {})
    listed = ", ".join(repr(name[:40]) for name in names) or "none"
    raise DumpError(
        f"{source}: no column looks like the text of a post. Its columns: {listed}. Say which one "
        "is with `--map column=text`; where the file has no header line, call its columns by "
        "number: `--map 2=text`"
    )


def _check(names: Sequence[str], given: Mapping[str, str], source: str) -> dict[str, int]:
    raws = {raw for table in ("posts", "users", "follows") for raw in RAW[table].names}
    mapped: dict[str, int] = {}
    for name, raw in given.items():
        if name not in names:
            raise DumpError(f"{source} has no column {name!r} to map; {closest(name, names)}")
        if raw not in raws:
            raise DumpError(f"column {name!r} is mapped to {raw!r}; {closest(raw, raws)}")
        mapped[raw] = list(names).index(name)
    return mapped


def _find(
    plain: list[str], table: Mapping[str, list[str]], mapped: Mapping[str, int]
) -> dict[str, int]:
    """Give every raw column the first of its names that is there and not taken."""
    found = dict(mapped)
    for raw, synonyms in table.items():
        if raw not in found:
            taken = set(found.values())
            free = (plain.index(s) for s in synonyms if s in plain and plain.index(s) not in taken)
            position = next(free, None)
            if position is not None:
                found[raw] = position
    return found


def _posts(
    plain: list[str], posts: dict[str, int], mapped: dict[str, int], source: str
) -> Resolved:
    # A column of comments beside the text of posts does not make comments of them.
    others = set(plain) - set(POSTS["text"])
    comments = bool(_MARKS_COMMENTS & {*others, plain[posts["text"]]})
    if comments and "post_id" not in mapped:
        posts.pop("post_id", None)
        posts = _find(plain, {"post_id": COMMENT_IDS}, posts)
    reposts = not comments and bool(set(REPOSTED) & set(plain))
    links = {"parent_id": REPOSTED if reposts else REPLY_TO}
    links["root_id"] = [*(COMMENTED if comments else []), "root_id", "rootid"]
    posts = _find(plain, links, posts)
    profile = _profile(plain, posts)
    kept = {raw: i for raw, i in posts.items() if raw not in profile or raw == "user_id"}
    _check_table("posts", kept, source)
    own = frozenset({"post_id", "parent_id"} - mapped.keys())
    return Resolved("posts", kept, profile, comments, reposts, own)


def _profile(plain: list[str], posts: dict[str, int]) -> dict[str, int]:
    """Find what a table of posts says about their authors; nothing without an id to tell it of."""
    mapped = {raw: i for raw, i in posts.items() if raw in RAW["users"].names}
    mapped = {raw: i for raw, i in mapped.items() if raw == "user_id" or raw not in POSTS}
    synonyms = {raw: USERS[raw] for raw in ("name", *PROFILE)}
    found = _find(plain, synonyms, mapped) if "user_id" in posts else {}
    return found if set(PROFILE) & found.keys() else {}


def _check_table(table: str, columns: dict[str, int], source: str) -> None:
    for raw in columns:
        if raw not in RAW[table].names:
            raise DumpError(
                f"{source} is read as a table of {table}, which has no {raw!r} to map a column to; "
                f"{closest(raw, RAW[table].names)}"
            )


def _plain(name: str) -> str:
    return name.strip(" \t:：\ufeff").casefold().replace(" ", "_")
