"""Each entity in each disguise: glued to Han, full-width, spaced, with characters that nobody sees."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from presidio_analyzer import Pattern, PatternRecognizer

from pipeline.models import catalogue
from pipeline.models.accelerated import Unscannable, accelerated
from pipeline.models.personal import finder
from pipeline.models.recognizers import check_digits
from pipeline.models.recognizers.cn_address import CnAddress
from pipeline.models.scan import Scan, together
from pipeline.rules.personal import by_entity, rules
from pipeline.stages.personal.acting import acts

ACTED = """
CN_RESIDENT_ID     | 证件「11010519491231002X」已核
CN_RESIDENT_ID     | 证件「110105194912310021」身份证
CN_RESIDENT_ID     | 身份证号：「110105491231002」。
CN_RESIDENT_ID     | 身份证：「999999199913310021」
CN_RESIDENT_ID     | 身份证「1101 0519 4912 3100 2X」号
CN_RESIDENT_ID     | 公民身份号码「110105 19491231 002X」
CN_RESIDENT_ID     | 港澳居民居住证「810000199408230021」
CN_RESIDENT_ID     | 身份证号｜「11010519491231OO2X」
CN_PERMANENT_RESIDENT | 永居证「932682198501010018」
CN_PERMANENT_RESIDENT | 永久居留身份证「ABC440190010112」
CN_MOBILE          | 请打「13812345678」找我
CN_MOBILE          | 打「138 1234 5678」吧
CN_MOBILE          | 打「138-1234-5678」吧
CN_MOBILE          | 打「138·1234·5678」吧
CN_MOBILE          | 打「+86 138 1234 5678」吧
CN_MOBILE          | 打「0086-13812345678」吧
CN_MOBILE          | 打「86-13812345678」吧
CN_MOBILE          | 就是「8613812345678」
CN_MOBILE          | 手机「1 3 8 1 2 3 4 5 6 7 8」
CN_MOBILE          | 手机号：「138l234567O」
CN_MOBILE          | Tel「13812345678」
CN_MOBILE          | 我的号码「一三八零零一三八零零零」
CN_LANDLINE        | 电话「010-62345678」
CN_LANDLINE        | 座机「(0571)87654321」
CN_LANDLINE        | 总机「010-62345678转801」
CN_LANDLINE        | 传真「+86-21-62345678」
CN_BANK_CARD       | 转到「6222021234567890128」
CN_BANK_CARD       | 银行卡「6222 0212 3456 7890」
CN_BANK_CARD       | 卡号：「6222021234567890123」
CN_BANK_CARD       | 对公账户：「110912345678」
CN_PASSPORT        | 护照「E12345678」
CN_PASSPORT        | 护照号码是「EA1234567」
CN_TRAVEL_PERMIT   | 港澳通行证「C12345678」
CN_TRAVEL_PERMIT   | 回乡证号「H12345678」
CN_TRAVEL_PERMIT   | 台胞证「12345678」
CN_PLATE           | 车牌「京A12345」
CN_PLATE           | 停着「粤B·D1234」
CN_PLATE           | 停着「粤BD12345」
CN_PLATE           | 教练车「京A1234学」
CN_PLATE           | 车牌号：「京ABCDE1」
CN_PLATE           | 肇事车辆为「鲁AUDNR0」
CN_PLATE           | 驾驶「浙HJBUAN」沿路行驶
CN_PLATE           | 车辆「WJ京01-12345」
CN_PLATE           | 武警「WJ京·1234X」
VEHICLE_VIN        | 车架号「LSVAA49J132047371」
ENGINE_NUMBER      | 发动机号：「A12345678」
CN_WECHAT          | 加微信：「zhang_san88」吧
CN_WECHAT          | vx：「abc-12345」
CN_WECHAT          | 微信号（同手机）「zhang_san88」
CN_QQ              | QQ：「123456789」
CN_QQ              | [2023-05-01 12:00] 张三(「2847593021」): 在吗
CN_QQ              | 扣扣号是「1234567」
CN_ALIPAY          | 支付宝账号「zhang_san88」
SOCIAL_ACCOUNT     | 抖音号：「zhangsan_88」
CN_OFFICER_ID      | 军官证「南字第01234567号」
CN_OFFICER_ID      | 警号：「012345」
CN_DRIVING_LICENCE | 驾驶证档案编号：「110012345678」
CN_SOCIAL_SECURITY | 社保卡号「A12345678」
MEDICAL_RECORD     | 住院号：「ZY0012345」
EDUCATION_ID       | 学号：「2021123456」
PROFESSION_ID      | 工号「AB10123」
CIVIL_CERTIFICATE  | 出生医学证明编号：「L110123456」
FINANCIAL_ACCOUNT  | 股东账号「A123456789」
FINANCIAL_ACCOUNT  | account number 「000123456789」
CN_ADDRESS         | 住「台北市大安區忠孝東路四段216巷33弄5號3樓」
CN_ADDRESS         | 「江苏省苏州市姑苏区干将东路333号」
BIRTH_DATE         | 出生年月：「1996.07」
PARCEL             | 快递单号：「SF1234567890123」
BIRTH_DATE         | 出生日期：「1990年3月4日」
BIRTH_DATE         | 生日是「1990-03-04」
BIRTH_DATE         | date of birth: 「March 4, 1990」
IMEI               | 手机串号「490154203237518」
SIM_CARD           | IMSI:「460001234567890」
SIM_CARD           | ICCID: 「89860012345678901234」
HK_ID              | 香港身份证「A123456(3)」
HK_ID              | 香港身份证「A123456(4)」
MACAU_ID           | 澳门身份证「1234567(8)」
TW_ID              | 台湾身份证「A123456789」
GPS_COORDINATES    | 定位：「39.904200, 116.407400」
GPS_COORDINATES    | 坐标北纬「39°54′15″，东经116°24′26″」
CN_SOLE_TRADER_CODE | 信用代码「92350100M000100Y44」
EMAIL_ADDRESS      | 我的邮箱是「zhangsan@example.com」谢谢
CREDIT_CARD        | 卡号「4111111111111111」转账
IP_ADDRESS         | 从「81.2.69.142」登录
MAC_ADDRESS        | 网卡「00:1A:2B:3C:4D:5E」的
PASSPORT           | passport number: 「533700001」
PASSPORT           | Passport: 「C01X00T47」
DRIVER_LICENCE     | driver's license: 「F2551234」
HEALTH_NUMBER      | NHS number 「943 476 5919」
HEALTH_NUMBER      | Medicare 「1EG4-TE5-MK73」
PHONE_NUMBER       | reach me at 「467 3395」
PHONE_NUMBER       | call 「+1-984-182-0190」
CN_ADDRESS         | 住「北京市海淀区中关村大街27号」
CN_ADDRESS         | 寄到「文三路478号华星时代广场A座1203室」
CN_ADDRESS         | 家在「成都市武侯区人民南路四段26弄17号3单元1798室」
CN_ADDRESS         | 住在「和平路12号」
CN_ADDRESS         | 户口在「内蒙古自治区呼和浩特市赛罕区大学西街235号」
CN_ADDRESS         | 寄往「合肥市经济技术开发区繁华大道12号」
CN_ADDRESS         | 「济南市历下区将军路东5号」
API_KEY            | 密钥「AKIAIOSFODNN7EXAMPLE」
API_KEY            | 「ghp_16C7e42F292c6912E7710c838347Ae178B4a」
PASSWORD           | 登录密码：「Qw5255zz」
VERIFICATION_CODE  | 验证码：「384920」
IBAN_CODE          | 账户「de89370400440532013000」转
IBAN_CODE          | 账户「DE89370400440532013000」转
"""
SPARED = """
CN_RESIDENT_ID   | 编号110105194913310021
CN_RESIDENT_ID   | 订单202401011234567890
CN_MOBILE        | 时间戳1381234567890
CN_MOBILE        | 单号12345678901
CN_BANK_CARD     | 流水9999999999999999999
CN_PASSPORT      | 型号E12345678
CN_TRAVEL_PERMIT | 日期20240105
CN_PLATE         | 京ABCDEF
CN_PLATE         | 试驾新CAYENNE轿车
CN_PLATE         | 京abcdef轿车
CN_QQ            | QQ飞车12345678
CN_QQ            | 12:00 开放世界(2847593021)
CN_WECHAT        | 微信公众号
MEDICAL_RECORD   | 病历号码的写法
BIRTH_DATE       | 成立于1990年3月4日
HK_ID            | 见G123456(1)
VEHICLE_VIN      | LSVAA49J132047371
CN_ADDRESS       | 违反本条例第三十一条第一项规定
CN_ADDRESS       | 地铁1号线换乘
PASSWORD         | 密码必须包含数字和字母
PASSWORD         | password: string
API_KEY          | pip install sk-learn
PHONE_NUMBER     | 1  2   3  4  5  6   7  8  9
PHONE_NUMBER     | netmask 255.255.255.0
"""


def drawn(table: str) -> list[tuple[str, str, str]]:
    rows = [line.split("|", 1) for line in table.strip().splitlines()]
    return [(kind.strip(), text.strip(), text.strip().partition("「")[2].partition("」")[0]) for kind, text in rows]


CASES = [(kind, text.replace("「", "").replace("」", ""), value) for kind, text, value in drawn(ACTED)]


@cache
def find():
    return finder()


def acted(text: str) -> list[tuple[str, str]]:
    known = by_entity(rules())
    return [(f[2], text[f[0] : f[1]]) for f in find()([text], ["zh"], "never")[0] if acts(known.get(f[2]), f[3])]


def wide(value: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if c.isascii() and c.isalnum() else c for c in value)


def hidden(value: str, mark: str) -> str:
    """With marks between its characters, after digits only where the mark combines."""
    is_mark = mark == "\u0301"
    return "".join(c + mark if i < len(value) - 1 and (c.isdigit() or not is_mark) else c for i, c in enumerate(value))


@pytest.mark.parametrize(("kind", "text", "value"), CASES)
def test_an_entity_is_found_with_exactly_its_characters(kind: str, text: str, value: str) -> None:
    assert (kind, value) in acted(text)


@pytest.mark.parametrize(("kind", "text", "value"), CASES)
@pytest.mark.parametrize("disguise", [wide, lambda v: hidden(v, "\u200b"), lambda v: hidden(v, "\u0301")])
def test_disguises_hide_nothing_and_positions_are_those_of_the_text(disguise, kind: str, text: str, value: str) -> None:
    if disguise is wide and not value.isascii():
        pytest.skip("a Chinese address has no full-width form")
    other = disguise(value)

    assert (kind, other) in acted(text.replace(value, other))


@pytest.mark.parametrize(("kind", "text", "_"), drawn(SPARED))
def test_what_only_looks_so_is_left_alone(kind: str, text: str, _: str) -> None:
    assert kind not in [found for found, _ in acted(text)]


@pytest.mark.parametrize(
    ("holds", "is_right"),
    [
        (check_digits.uscc("91350100M000100Y43"), True),
        (check_digits.uscc("91350100M000100Y44"), False),
        (check_digits.uscc("9135"), False),
        (check_digits.organisation("M000100Y4"), True),
        (check_digits.vin(""), False),
        (check_digits.vin("1HGCM82633A004352"), True),
        (check_digits.vin("1HGCM82633A004353"), False),
        (check_digits.luhn("490154203237518"), True),
        (check_digits.resident("11010519491231002") == "X", True),
        (check_digits.is_date("19000229"), False),
    ],
)
def test_check_digits_follow_their_standards(holds: bool, is_right: bool) -> None:
    assert holds == is_right


@cache
def behind_labels():
    return together([Scan(recognizer=one, han=True) for one in catalogue.labelled()])


PIECES = st.sampled_from(
    ["身份证", "号", "：", ":", " ", "\n", "QQ", "微信", "qq", "病历号", "12345678", "zhang_88", "13812345678", "是", "(同手机)",
     "1990年3月4日", "出生", "生日", "京A12345", "南字第1234567号", "SF", "123456789012", "password", "İ", "K", "<CN_QQ>", "一三八", "零零零零零零零零"]
)  # fmt: skip


@settings(max_examples=150)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_looking_only_behind_labels_loses_nothing(text: str) -> None:
    def found(*, gated: bool) -> set[tuple[str, tuple[int, int, float]]]:
        return {(scan.recognizer.name, hit) for scan, hit in behind_labels().hits(text, gated=gated)}

    assert found(gated=True) == found(gated=False)


PARTS = st.sampled_from(
    ["北京市", "朝阳区", "建国", "路", "大街", "八十八", "88", " ", "号", "号楼", "3", "栋", "5-1", "室", "组", "忠孝東", "段", "樓", "和平", "在",
     "第", "\n", "6户", "甲1"]
)  # fmt: skip


@settings(max_examples=300)
@given(st.lists(PARTS, max_size=14).map("".join))
def test_no_address_lacks_the_core_that_is_looked_for_first(text: str) -> None:
    by_itself, [fast] = CnAddress(), accelerated([CnAddress()]).hits(text)
    assert set(fast) == {(one.start, one.end, one.score) for one in by_itself.analyze(text, ["CN_ADDRESS"])}


def test_a_pattern_behind_a_label_that_runs_out_of_time_is_never_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.models.accelerated.TIMEOUT_SECONDS", 0.05)
    slow = PatternRecognizer("SLOW", patterns=[Pattern("labelled", r"(?<=lab)(?:a|aa|a?a)+(?![a!]+)", 0.5)])

    with pytest.raises(Unscannable):
        accelerated([slow]).hits("lab" + "a" * 60 + "!")
