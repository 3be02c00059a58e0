"""The label sets in use and how their labels map, as plain tables; ``emotions`` reads them.

A table names, for each target label, the source labels that are summed into it. A ``*`` marks a
lossy step: the source label means something else than the target, or more than it. ``UNMAPPED``
lists the source labels with no counterpart; a source label that no line names is an error.
"""

from __future__ import annotations

#: Raised whenever a label, an alias or a matrix changes its meaning; saved with every conversion.
REGISTRY_VERSION = "1"
#: The line of a table for source labels that no target label stands for.
UNMAPPED = "-"

#: Set -> (labels, Chinese names), in the order of the columns of a probability matrix.
SETS: dict[str, tuple[str, str]] = {
    "ekman7": (
        "neutral joy anger disgust fear sadness surprise",
        "无情绪 喜悦 愤怒 厌恶 恐惧 悲伤 惊讶",
    ),
    "ekman6": ("joy anger disgust fear sadness surprise", "喜悦 愤怒 厌恶 恐惧 悲伤 惊讶"),
    # Praise (好, like) kept apart: summed into joy, praise of officials looks like happiness.
    "ekman8": (
        "neutral joy anger disgust fear sadness surprise like",
        "无情绪 喜悦 愤怒 厌恶 恐惧 悲伤 惊讶 喜好",
    ),
    # SMP2020-EWECT contest data: six labels, no disgust.
    "smp2020": ("neutral happy angry sad fear surprise", "无情绪 积极 愤怒 悲伤 恐惧 惊奇"),
    "polarity3": ("negative neutral positive", "负面 中性 正面"),
    # GoEmotions' own grouping (sentiment_mapping.json): surprise is neither good nor bad.
    "goemotions_group": ("positive negative ambiguous neutral", "正面 负面 不明确 中性"),
    # DUTIR affective lexicon ontology: 7 classes, and the 21 codes below them.
    "dutir7": ("joy good anger sadness fear disgust surprise", "乐 好 怒 哀 惧 恶 惊"),
    "dutir21": (
        "PA PE PD PH PG PB PK NA NB NJ NH PF NI NC NG NE ND NN NK NL PC",
        "快乐 安心 尊敬 赞扬 相信 喜爱 祝愿 愤怒 悲伤 失望 疚 思 慌 恐惧 羞 烦闷 憎恶 贬责 妒忌 "
        "怀疑 惊奇",
    ),
    # Demszky et al. 2020, emotions.txt, in its order.
    "goemotions28": (
        "admiration amusement anger annoyance approval caring confusion curiosity desire "
        "disappointment disapproval disgust embarrassment excitement fear gratitude grief joy love "
        "nervousness optimism pride realization relief remorse sadness surprise neutral",
        "钦佩 好笑 愤怒 恼火 赞同 关怀 困惑 好奇 渴望 失望 反对 厌恶 尴尬 激动 恐惧 感激 悲痛 喜悦 "
        "喜爱 紧张 乐观 自豪 领悟 释然 懊悔 悲伤 惊讶 无情绪",
    ),
    # NRC word-emotion lexicon (Plutchik's eight), alphabetical as NRCLex has them.
    "nrc8": (
        "anger anticipation disgust fear joy sadness surprise trust",
        "愤怒 期待 厌恶 恐惧 喜悦 悲伤 惊讶 信任",
    ),
    # CPED, labels as its CSV spells them.
    "cped13": (
        "happy grateful relaxed positive-other neutral anger sadness fear depress disgust "
        "astonished worried negative-other",
        "高兴 感激 放松 其他积极 中性 愤怒 悲伤 恐惧 沮丧 厌恶 惊讶 担忧 其他消极",
    ),
    "meld7": (
        "neutral surprise fear sadness joy disgust anger",
        "中性 惊讶 恐惧 悲伤 喜悦 厌恶 愤怒",
    ),
    # NLPCC 2014 task 1, labels as its files spell them; `none` marks a text without emotion.
    "nlpcc2014": (
        "none like disgust happiness sadness anger surprise fear",
        "无情绪 喜好 厌恶 高兴 悲伤 愤怒 惊讶 恐惧",
    ),
}

_EKMAN_WORDS = {
    "无": "neutral",
    "中性": "neutral",
    "none": "neutral",
    "happy": "joy",
    "happiness": "joy",
    "高兴": "joy",
    "快乐": "joy",
    "积极": "joy",
    "angry": "anger",
    "生气": "anger",
    "恶心": "disgust",
    "害怕": "fear",
    "sad": "sadness",
    "难过": "sadness",
    "surprised": "surprise",
    "惊奇": "surprise",
    # Weibo emoticons whose name says the emotion; nothing ironic such as [微笑] or [doge].
    "[哈哈]": "joy",
    "[嘻嘻]": "joy",
    "[怒]": "anger",
    "[怒骂]": "anger",
    "[吐]": "disgust",
    "[害怕]": "fear",
    "[泪]": "sadness",
    "[悲伤]": "sadness",
    "[吃惊]": "surprise",
}
_TO_SMP = {"neutral": "neutral", "joy": "happy", "anger": "angry", "fear": "fear"} | {
    "sadness": "sad",
    "surprise": "surprise",
}

#: Other spellings that a set accepts, besides its labels, Chinese names and positions.
ALIASES: dict[str, dict[str, str]] = {
    "ekman7": _EKMAN_WORDS,
    "ekman6": {word: label for word, label in _EKMAN_WORDS.items() if label != "neutral"},
    "ekman8": _EKMAN_WORDS | {"喜爱": "like", "好": "like", "good": "like"},
    "smp2020": {word: _TO_SMP[label] for word, label in _EKMAN_WORDS.items() if label in _TO_SMP}
    | {"joy": "happy", "喜悦": "happy", "anger": "angry", "sadness": "sad", "惊讶": "surprise"},
    "polarity3": {
        "neg": "negative",
        "消极": "negative",
        "neu": "neutral",
        "中立": "neutral",
        "pos": "positive",
        "积极": "positive",
    },
    "dutir7": {"喜": "joy", "悲": "sadness", "恐": "fear", "like": "good"},
    "cped13": {"angry": "anger", "sad": "sadness", "depressed": "depress", "feared": "fear"}
    | {"disgusted": "disgust", "other-pos": "positive-other", "other-neg": "negative-other"},
    "meld7": {"无情绪": "neutral", "生气": "anger", "难过": "sadness", "高兴": "joy"},
    "nlpcc2014": {"neutral": "none", "joy": "happiness", "happy": "happiness", "喜欢": "like"},
}

_SAME = {name: name for name in ("joy", "anger", "disgust", "fear", "sadness", "surprise")}

#: (source, target) -> target label -> source labels.
TABLES: dict[tuple[str, str], dict[str, str]] = {
    ("ekman7", "ekman6"): _SAME | {UNMAPPED: "neutral"},
    ("ekman7", "meld7"): _SAME | {"neutral": "neutral"},
    # SMP2020 has no disgust; that its annotators used angry is read off the label list.
    ("ekman7", "smp2020"): {
        "neutral": "neutral",
        "happy": "joy",
        "angry": "anger disgust*",
        "sad": "sadness",
        "fear": "fear",
        "surprise": "surprise",
    },
    ("ekman7", "polarity3"): {
        "negative": "anger disgust fear sadness",
        "neutral": "neutral",
        "positive": "joy",
        UNMAPPED: "surprise",
    },
    ("ekman7", "goemotions_group"): {
        "positive": "joy",
        "negative": "anger disgust fear sadness",
        "ambiguous": "surprise",
        "neutral": "neutral",
    },
    ("ekman6", "ekman7"): _SAME,
    ("ekman8", "ekman7"): _SAME | {"neutral": "neutral", "joy": "joy like*"},
    ("meld7", "ekman7"): _SAME | {"neutral": "neutral"},
    ("smp2020", "polarity3"): {
        "negative": "angry sad fear",
        "neutral": "neutral",
        "positive": "happy",
        UNMAPPED: "surprise",
    },
    ("smp2020", "goemotions_group"): {
        "positive": "happy",
        "negative": "angry sad fear",
        "ambiguous": "surprise",
        "neutral": "neutral",
    },
    ("goemotions_group", "polarity3"): {
        "negative": "negative",
        "neutral": "neutral",
        "positive": "positive",
        UNMAPPED: "ambiguous",
    },
    ("dutir21", "dutir7"): {
        "joy": "PA PE",
        "good": "PD PH PG PB PK",
        "anger": "NA",
        "sadness": "NB NJ NH PF",
        "fear": "NI NC NG",
        "disgust": "NE ND NN NK NL",
        "surprise": "PC",
    },
    # NE (烦闷, low spirits) sits under 恶 in DUTIR's own tree, but means sadness.
    ("dutir21", "ekman7"): {
        "joy": "PA PE PB* PD* PH* PG* PK*",
        "anger": "NA",
        "disgust": "ND NN* NK* NL*",
        "fear": "NI NC NG*",
        "sadness": "NB NJ NH PF* NE*",
        "surprise": "PC",
    },
    ("dutir21", "ekman8"): {
        "joy": "PA PE",
        "like": "PB PD PH PG PK*",
        "anger": "NA",
        "disgust": "ND NN* NK* NL*",
        "fear": "NI NC NG*",
        "sadness": "NB NJ NH PF* NE*",
        "surprise": "PC",
    },
    ("dutir7", "ekman7"): {
        "joy": "joy good*",
        "anger": "anger",
        "disgust": "disgust*",
        "fear": "fear*",
        "sadness": "sadness*",
        "surprise": "surprise",
    },
    ("dutir7", "ekman8"): {
        "joy": "joy",
        "like": "good",
        "anger": "anger",
        "disgust": "disgust*",
        "fear": "fear*",
        "sadness": "sadness*",
        "surprise": "surprise",
    },
    # google-research/goemotions, ekman_mapping.json.
    ("goemotions28", "ekman7"): {
        "neutral": "neutral",
        "joy": "joy amusement approval excitement gratitude love optimism relief pride admiration "
        "desire caring",
        "anger": "anger annoyance disapproval",
        "disgust": "disgust",
        "fear": "fear nervousness",
        "sadness": "sadness disappointment embarrassment grief remorse",
        "surprise": "surprise realization* confusion* curiosity*",
    },
    # google-research/goemotions, sentiment_mapping.json.
    ("goemotions28", "goemotions_group"): {
        "positive": "amusement excitement joy love desire optimism caring pride admiration "
        "gratitude relief approval",
        "negative": "fear nervousness remorse embarrassment disappointment sadness grief disgust "
        "anger annoyance disapproval",
        "ambiguous": "realization surprise curiosity confusion",
        "neutral": "neutral",
    },
    ("nrc8", "ekman7"): _SAME | {"joy": "joy trust* anticipation*"},
    # `negative-other` names no emotion: its mass stays apart until polarity is asked for.
    ("cped13", "ekman7"): {
        "neutral": "neutral",
        "joy": "happy grateful relaxed positive-other*",
        "anger": "anger",
        "disgust": "disgust",
        "fear": "fear worried",
        "sadness": "sadness depress",
        "surprise": "astonished",
        UNMAPPED: "negative-other",
    },
    ("cped13", "polarity3"): {
        "negative": "anger sadness fear depress disgust worried negative-other",
        "neutral": "neutral",
        "positive": "happy grateful relaxed positive-other",
        UNMAPPED: "astonished",
    },
    ("cped13", "goemotions_group"): {
        "positive": "happy grateful relaxed positive-other",
        "negative": "anger sadness fear depress disgust worried negative-other",
        "ambiguous": "astonished",
        "neutral": "neutral",
    },
    ("nlpcc2014", "ekman7"): {
        "neutral": "none",
        "joy": "happiness like*",
        "anger": "anger",
        "disgust": "disgust",
        "fear": "fear",
        "sadness": "sadness",
        "surprise": "surprise",
    },
    ("nlpcc2014", "ekman8"): {
        "neutral": "none",
        "joy": "happiness",
        "like": "like",
        "anger": "anger",
        "disgust": "disgust",
        "fear": "fear",
        "sadness": "sadness",
        "surprise": "surprise",
    },
}
