"""Readings of name characters that a general dictionary orders wrongly. Data only; the usual reading comes first.

Archaic readings (方 as wang) are left out on purpose: a clerk who types wangwei does not look for 方伟.
"""

_SURNAMES = """
单 shan dan chan|曾 zeng ceng|仇 qiu chou|解 xie jie|区 ou qu|查 zha cha|朴 piao pu|盖 ge gai|翟 zhai di|任 ren
华 hua|宓 mi fu|员 yun yuan|缪 miao mou|乐 yue le|葛 ge|洗 xian xi|冼 xian|繁 po fan|种 chong zhong|召 shao zhao
会 gui kuai hui|卜 bu bo|祭 zhai ji|秘 bi mi|折 she zhe|长 zhang chang|车 che ju|黑 he hei|褚 chu|尉 wei yu
覃 qin tan xun|谌 chen shen|郇 xun huan|郗 xi chi|逄 pang|佴 nai er|芮 rui|隗 wei kui|幺 yao|纪 ji|佘 she|柏 bai bo
晁 chao|那 na nuo|哈 ha|牟 mu mou|藏 zang cang|燕 yan|应 ying|要 yao|於 yu|万 wan|沈 shen chen|盛 sheng cheng|石 shi
宿 su xiu|殷 yin|郝 hao|贾 jia|薄 bo bao|便 pian bian|镡 chan tan xin|过 guo|行 xing hang|降 jiang xiang
强 qiang jiang|瞿 qu|阚 kan han|粘 nian zhan|撒 sa|莘 xin shen|艾 ai|眭 sui|句 gou ju|都 du dou|肖 xiao|南 nan
相 xiang|费 fei bi|贲 ben bi|逯 lu|角 jue jiao|乜 nie mie|适 kuo shi|蔚 yu wei|能 nai neng|不 fou bu|教 jiao
郄 qie xi|啜 chuai chuo|隽 juan jun|令 ling|六 lu liu|曲 qu|谷 gu yu|干 gan|嵇 ji|俞 yu shu|余 yu|尹 yin|许 xu
宁 ning|詹 zhan|叶 ye|臧 zang|洪 hong|鲜 xian|蕃 bo fan|参 shen can|厘 xi li|重 chong zhong|朝 chao zhao
晟 cheng sheng
揭 jie|啸 xiao|塔 ta|涂 tu|咸 xian|钭 tou dou|池 chi|嫣 yan|呙 guo|亓 qi|仝 tong|妫 gui|郏 jia|撖 han|麦 mai|
"""

_COMPOUND_SURNAMES = """
欧阳 ou yang|尉迟 yu chi|司马 si ma|上官 shang guan|诸葛 zhu ge|长孙 zhang sun|万俟 mo qi|澹台 tan tai|单于 chan yu
令狐 ling hu|夏侯 xia hou|皇甫 huang fu|宇文 yu wen|慕容 mu rong|司徒 si tu|司空 si kong|司寇 si kou|鲜于 xian yu
闻人 wen ren|东方 dong fang|东郭 dong guo|东门 dong men|赫连 he lian|公孙 gong sun|公冶 gong ye|公羊 gong yang
轩辕 xuan yuan|钟离 zhong li|淳于 chun yu|濮阳 pu yang|太史 tai shi|太叔 tai shu|申屠 shen tu|独孤 du gu|南宫 nan gong
呼延 hu yan|百里 bai li|端木 duan mu|西门 xi men|贺兰 he lan|拓跋 tuo ba|宗政 zong zheng|仲孙 zhong sun|即墨 ji mo
乐正 yue zheng|哥舒 ge shu|纳兰 na lan|拓拔 tuo ba|亓官 qi guan|第五 di wu|梁丘 liang qiu|左丘 zuo qiu|谷梁 gu liang
"""

# Given names: characters that people really read in two ways, or that the dictionary reads otherwise than names do.
_GIVEN = """
晟 sheng cheng|茜 qian xi|乐 le yue|行 xing hang|重 chong zhong|朝 chao zhao|长 chang zhang|传 chuan|盛 sheng|乘 cheng
柏 bai bo|莘 xin shen|蔚 wei yu|藏 cang zang|宿 su|见 jian|降 jiang xiang|曾 zeng ceng|单 dan shan|解 jie xie
仇 qiu|华 hua|娜 na nuo|倩 qian|均 jun|俞 yu|姣 jiao|屏 ping|石 shi|奇 qi|车 che|万 wan|参 shen can|杉 shan sha
那 na|厦 sha xia|阿 a|会 hui|仔 zi zai|种 zhong|和 he|落 luo|露 lu|薄 bo|省 sheng|勒 le|琢 zhuo|宁 ning|朴 pu
颉 jie xie|祭 ji|妤 yu|强 qiang|洋 yang|大 da|与 yu|更 geng|调 diao tiao|识 shi|弹 tan|率 shuai|贾 jia|校 xiao
卜 bu|区 qu|员 yuan|任 ren|暴 bao|干 gan|亲 qin|熠 yi|曦 xi|昕 xin|淼 miao|垚 yao|翀 chong|祎 yi|赟 yun|囡 nan
濛 meng|玥 yue|珏 jue|琬 wan|旻 min|旸 yang|昇 sheng|喆 zhe|煊 xuan|暄 xuan|罡 gang|彧 yu|嬿 yan|頔 di|媖 ying
"""


def _table(text: str) -> dict[str, tuple[str, ...]]:
    entries = (entry.split() for line in text.strip().splitlines() for entry in line.split("|") if entry)
    return {entry[0]: tuple(entry[1:]) for entry in entries}


SURNAME_READINGS = _table(_SURNAMES)
COMPOUND_SURNAMES = _table(_COMPOUND_SURNAMES)
GIVEN_READINGS = _table(_GIVEN)
