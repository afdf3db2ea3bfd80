"""Invented documents with personal information whose places are known: sixty-odd kinds, seeded, with disguises.

No text here is anybody's: values are drawn, templates were written for this file. A template holds slots such as
`{mobile}`; a slot is filled by the maker of that name, disguised or not, and remembered with its place.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.models.recognizers.check_digits import USCC_ALPHABET, luhn, resident, uscc

ZH = """\
resume|个人简历\\n姓名：王小明\\n手机：{mobile}\\n邮箱：{email}\\n身份证号：{id}\\n住址：{address}
chat|A: 你电话多少？\\nB: {mobile}，微信{wechat}也行\\nA: 好的，我QQ是{qq}
form|报名表\\n证件号码：{id_wrong}　联系电话：{mobile}　学号：{student}
express|收件人：李女士，{mobile}，{address}，快递单号：{parcel}
bank|请把货款转到我的账户{card}，开户名张三，谢谢。
bank_slip|付款账号：{card_wrong}\\n收款人手机{mobile}\\n金额：壹佰元整
invoice|购买方名称：某某商贸有限公司\\n统一社会信用代码：{uscc}\\n地址、电话：{address} {landline}
contract|甲方（身份证号{id}）与乙方（统一社会信用代码{uscc_wrong}）签订本合同，联系邮箱{email}。
hospital|患者陈某，病历号：{patient}，医保卡号：{social}，联系电话{mobile}，诊断：高血压。
police|报案人持身份证{id}前来报案称其车牌{plate}的小轿车被刮擦。
traffic|昨晚在人民路看到{plate}违停，车主电话{mobile}。
insurance|保单号：{policy}，被保险人证件号{id_wrong}，车架号{vin}，发动机号：{engine}。
school|学生{name}，出生日期：{birth}，家长电话{mobile}，家庭住址：{address}
forum|出闲置，有意加我微信{wechat}或者打{mobile}，价格好商量。
weibo|丢了身份证{id}，捡到的好心人请联系{mobile}，重谢！
email|发件人：{email}\\n收件人：{email}\\n主题：报价\\n您好，请回电{landline}。
signature|此致敬礼\\n销售部 刘经理\\n电话：{landline}\\n手机：{mobile}\\n邮箱：{email}
hotel|入住登记：证件号{id}，房间1203，手机{mobile}，车牌{plate}。
travel|护照号码{passport}，港澳通行证{permit}，出行日期2024年5月1日。
ticket|乘车人证件{id}，车次G102，座位05车12F，预留手机{mobile}。
csv|姓名,手机,身份证\\n王五,{mobile},{id}\\n赵六,{mobile},{id}
tsv|姓名\\t邮箱\\t银行卡\\n王五\\t{email}\\t{card}
sql|INSERT INTO users (name, phone, id_card) VALUES ('王五', '{mobile}', '{id}');
json|{{"name": "王五", "mobile": "{mobile}", "email": "{email}", "idCard": "{id}"}}
xml|<user><name>王五</name><mobile>{mobile}</mobile><email>{email}</email></user>
markdown|\\| 姓名 \\| 电话 \\| 邮箱 \\|\\n\\|---\\|---\\|---\\|\\n\\| 王五 \\| {mobile} \\| {email} \\|
log|2024-05-01 10:00:01 INFO 用户登录 phone={mobile} ip={ip} 成功
sms|【某银行】您尾号1234的卡{card}于5月1日支出100元，客服致电{landline}，验证码：{code}。
notice|中奖名单：{mobile}、{mobile}、{mobile}，请本人持身份证领取。
roster|值班表：张三{mobile}；李四{mobile}；王五{landline}
court|被告人张某，公民身份号码{id}，户籍地{address}。
loan|借款人身份证{id_wrong}，收款银行卡{card_wrong}，手机{mobile}。
rental|房屋出租：{address}，月租三千，电话{mobile}，非诚勿扰。
wedding|送请柬到{address}，联系新郎{mobile}。
recruit|简历请投{email}，或加HR微信：{wechat}，电话{landline}。
after_sales|售后请联系：{landline}，或发送邮件至{email}处理。
dating|女，28岁，{birth}出生，手机{mobile}，扣扣{qq}。
driver|驾驶证号{id}，档案编号：{licence}，准驾车型C1，车牌号码：{plate}
social_security|社保卡号：{social}，公积金账号：{social}，身份证：{id}
account|用户名注册成功，登录密码：{password}，绑定手机{mobile}。
config|# 数据库配置\\nhost=10.0.0.1\\npassword={password}\\nadmin_email={email}
device|我的手机丢了，IMEI：{imei}，机主电话{mobile}
register|企业名称：某某科技，纳税人识别号：{uscc}，法人身份证{id}，联系{mobile}。
sole|个体工商户，统一社会信用代码{sole}，经营者电话{mobile}。
letter|尊敬的客户：您的信用卡{card}已寄往{address}，请注意查收。
minutes|会后请把材料发到{email}，有问题打{mobile}。
teacher|工号：{staff}，办公电话{landline}，邮箱{email}
graduate|毕业证书编号：{student}，身份证号{id}，手机{mobile}
exam|准考证号：{student}，考生身份证{id}
delivery|骑手电话{mobile}，送达{address}，订单已完成。
"""
EN = """\
resume_en|Curriculum vitae\\nPhone: {mobile_intl}\\nE-mail: {email}\\nDate of birth: {birth_en}
mail_en|From: {email}\\nTo: {email}\\nSubject: invoice\\nPlease wire to IBAN {iban}.
chat_en|call me on {us_phone} or mail {email}
shop_en|Card {visa} was charged. Ship to {street}.
log_en|Failed login for {email} from {ip} port 22
form_en|SSN: {ssn}  Phone: {us_phone}  Date of birth: {birth_en}
vcard|BEGIN:VCARD\\nVERSION:3.0\\nTEL;TYPE=CELL:{us_phone}\\nEMAIL:{email}\\nEND:VCARD
config_en|DB_HOST=db\\nDB_PASSWORD={password}\\nALERT_EMAIL={email}
csv_en|name,phone,email\\nAnn,{us_phone},{email}\\nBob,{us_phone},{email}
sql_en|INSERT INTO people (mail, card) VALUES ('{email}', '{visa}');
json_en|{{"email": "{email}", "ip": "{ip}", "card_number": "{visa}"}}
signature_en|Best regards\\nJane\\nTel. {us_phone}\\n{email}\\n{street}
key_en|export AWS_ACCESS_KEY_ID={aws}
support_en|Customer wrote from {email}; ticket closed after a call to {us_phone}.
clinic_en|Medical record number: {patient}. Contact phone {us_phone}.
minutes_en|Send the slides to {email} before Friday.
china_en|My Chinese mobile is {mobile_intl}, resident ID {id}.
"""
PLACES = (
    *("北京市海淀区中关村大街", "广东省深圳市南山区科技园南路", "浙江省杭州市西湖区文三路", "上海市徐汇区漕溪北路"),
    *("四川省成都市武侯区人民南路四段", "江苏省南京市鼓楼区汉口路", "湖北省武汉市洪山区珞喻路"),
)
VARIANTS = ("plain", "full-width", "spaced", "zero-width", "combining", "scanned", "typo")
WEIGHTS = (45, 10, 11, 9, 9, 8, 8)
SCANNED = {"0": "O", "1": "l"}
"""What a scanner reads for a digit."""
NUMBERS = ("id", "id_wrong", "card", "card_wrong", "mobile", "landline", "visa", "us_phone", "ssn", "qq", "imei")
"""Values of which the scanner misreads one or two digits."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A text, its language and kind, and the spans (start, end, slot, variant) that stand in it."""

    lang: str
    kind: str
    text: str
    spans: tuple[tuple[int, int, str, str], ...]


def documents(seed: int, per_kind: int) -> Iterator[Document]:
    """Documents of every kind, the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311  invented data, not keys
    for lang, drawn in (("zh", ZH), ("en", EN)):
        for line in drawn.splitlines():
            kind, _, template = line.partition("|")
            for _ in range(per_kind):
                yield _filled(draw, lang, kind, template.replace("\\n", "\n").replace("\\t", "\t").replace("\\|", "|"))


def _filled(draw: random.Random, lang: str, kind: str, template: str) -> Document:
    text, spans = "", []
    variant = draw.choices(VARIANTS, WEIGHTS)[0]
    noise = NOISE.get(variant, _none)
    for piece in template.replace("{{", "\x02").replace("}}", "\x03").split("{"):
        slot, closed, rest = piece.partition("}")
        if not closed:
            text += noise(draw, piece).replace("\x02", "{").replace("\x03", "}")
            continue
        value, used = disguised(draw, slot, MAKERS[slot](draw), variant)
        used = variant if variant in NOISE else used
        if slot != "name":
            spans.append((len(text), len(text) + len(value), slot, used))
        text += value + noise(draw, rest).replace("\x02", "{").replace("\x03", "}")
    return Document(lang=lang, kind=kind, text=text, spans=tuple(spans))


def disguised(draw: random.Random, slot: str, value: str, variant: str) -> tuple[str, str]:
    """The value under a variant, and the variant that it has: not every value can take every one."""
    digits = sum(c.isdigit() for c in value)
    if variant == "full-width" and slot not in ("address", "street", "password", "aws"):
        return "".join(
            chr(ord(c) + 0xFEE0) if c.isascii() and (c.isalnum() or c in "@.") else c for c in value
        ), variant
    if variant == "spaced" and slot in SPACED:
        return SPACED[slot](draw, value), variant
    if variant in ("zero-width", "combining") and digits >= 6 and slot not in ("address", "street"):
        mark = "\u200b" if variant == "zero-width" else "\u0301"
        at = {i for i in range(1, len(value)) if value[i - 1].isdigit() and draw.random() < 0.4}
        return "".join(mark + c if i in at else c for i, c in enumerate(value)), variant
    if variant == "scanned" and slot in NUMBERS:
        able = [at for at, c in enumerate(value) if c in SCANNED and at]
        misread = set(draw.sample(able, min(len(able), draw.randint(1, 2))))
        return "".join(SCANNED[c] if at in misread else c for at, c in enumerate(value)), variant
    return value, "plain"


def _none(draw: random.Random, text: str) -> str:
    del draw
    return text


def _mistyped(draw: random.Random, text: str) -> str:
    """Two letters swapped, one doubled or one left out, in one word of four letters of text or more, Han or not."""
    able = [at for at in range(len(text) - 1) if text[at].isalpha() and text[at + 1].isalpha()]
    if len(able) < 3 or draw.random() < 0.5:
        return text
    at = draw.choice(able)
    new = draw.choice((text[at + 1] + text[at], text[at] * 2 + text[at + 1], text[at]))
    return text[:at] + new + text[at + 2 :]


def _misread(draw: random.Random, text: str) -> str:
    """Stray spaces between Han characters, and marks of half width."""
    half = text.replace("：", ":").replace("，", ",")
    return "".join(f"{c} " if ord(c) > 0x2E80 and draw.random() < 0.04 else c for c in half)


NOISE = {"typo": _mistyped, "scanned": _misread}


def _split(*sizes: int) -> Callable[[random.Random, str], str]:
    def split(draw: random.Random, value: str) -> str:
        sign, parts, at = draw.choice(" -"), [], 0
        for size in sizes:
            parts.append(value[at : at + size])
            at += size
        return sign.join(part for part in [*parts, value[at:]] if part)

    return split


SPACED = {
    "mobile": _split(3, 4),
    "id": _split(6, 8),
    "id_wrong": _split(6, 8),
    "card": _split(4, 4, 4, 4),
    "card_wrong": _split(4, 4, 4, 4),
    "visa": _split(4, 4, 4),
}


def _digits(draw: random.Random, n: int) -> str:
    return "".join(draw.choices("0123456789", k=n))


def _of(*options: str) -> Callable[[random.Random], str]:
    return lambda draw: draw.choice(options)


def _id(draw: random.Random, *, is_right: bool = True) -> str:
    region = draw.choice(("110105", "310104", "440304", "330106", "510107", "420106", "650102", "540102", "810000"))
    body = f"{region}{draw.randint(1940, 2015)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}{_digits(draw, 3)}"
    right = resident(body)
    return body + (right if is_right else draw.choice([c for c in "0123456789X" if c != right]))


def _checked(draw: random.Random, prefix: str, length: int, *, is_right: bool) -> str:
    body = prefix + _digits(draw, length - len(prefix) - 1)
    last = next(d for d in "0123456789" if luhn(body + d))
    return body + (last if is_right else draw.choice([d for d in "0123456789" if d != last]))


def _card(draw: random.Random, *, is_right: bool = True) -> str:
    return _checked(
        draw, draw.choice(("622202", "621700", "623058", "625910")), draw.choice((16, 19)), is_right=is_right
    )


def _uscc(draw: random.Random, start: str = "91", *, is_right: bool = True) -> str:
    body = start + draw.choice(("110105", "440300", "330106")) + "MA" + "".join(draw.choices(USCC_ALPHABET, k=7))
    last = next(c for c in USCC_ALPHABET if uscc(body + c))
    return body + (last if is_right else draw.choice([c for c in USCC_ALPHABET if c != last]))


def _plate(draw: random.Random) -> str:
    letter = draw.choice("ABCDEFGH")
    tail = draw.choice((_digits(draw, 5), f"D{_digits(draw, 5)}", f"{draw.choice('KLMN')}{_digits(draw, 4)}"))
    return f"{draw.choice('京沪粤浙苏川鲁湘渝贵')}{letter}{draw.choice(('', '·'))}{tail}"


def _mobile(draw: random.Random) -> str:
    return draw.choice(("138", "139", "150", "159", "166", "177", "186", "199", "198", "147")) + _digits(draw, 8)


def _email(draw: random.Random) -> str:
    name = draw.choice(("zhang.san", "li_si", "wangwu88", "zhao-liu", "hr", "chen1990", "j.smith", "anna"))
    host = draw.choice(("163.com", "qq.com", "example.com", "corp.example.cn", "gmail.com"))
    return f"{name}{draw.randint(1, 99)}@{host}"


def _address(draw: random.Random) -> str:
    place = draw.choice(PLACES)
    house = draw.choice((f"{draw.randint(1, 999)}号", f"{draw.randint(1, 99)}弄{draw.randint(1, 20)}号"))
    flat = f"{draw.randint(1, 20)}栋{draw.randint(1, 4)}单元{draw.randint(101, 2904)}室"
    return place + house + draw.choice(("", flat, "5楼"))


def _street(draw: random.Random) -> str:
    road = draw.choice(("Oak Street", "Maple Avenue", "King Road", "Hill Drive", "Park Lane"))
    town = draw.choice(("Springfield, IL 62704", "Abington, MA 02351", "Austin TX 78701"))
    return f"{draw.randint(1, 9999)} {road}, {town}"


def _iban(draw: random.Random) -> str:
    bank = _digits(draw, 18)
    return f"DE{98 - int(bank + '131400') % 97:02}{bank}"


MAKERS: dict[str, Callable[[random.Random], str]] = {
    "name": _of("王小明", "李雷", "韩梅梅"),
    "mobile": _mobile,
    "mobile_intl": lambda d: f"+86 {_mobile(d)}",
    "landline": lambda d: f"{d.choice(('010', '021', '0571', '0755'))}-{d.randint(20000000, 89999999)}",
    "email": _email,
    "id": _id,
    "id_wrong": lambda d: _id(d, is_right=False),
    "card": _card,
    "card_wrong": lambda d: _card(d, is_right=False),
    "uscc": _uscc,
    "uscc_wrong": lambda d: _uscc(d, is_right=False),
    "sole": lambda d: _uscc(d, "92"),
    "plate": _plate,
    "passport": lambda d: f"E{_digits(d, 8)}",
    "permit": lambda d: f"C{_digits(d, 8)}",
    "wechat": lambda d: f"{d.choice(('zhangsan', 'wx_li', 'abc-'))}{_digits(d, 4)}",
    "qq": lambda d: f"{d.randint(1, 9)}{_digits(d, 8)}",
    "student": lambda d: f"20{_digits(d, 10)}",
    "parcel": lambda d: f"SF1{_digits(d, 12)}",
    "patient": lambda d: f"ZY{_digits(d, 8)}",
    "social": lambda d: f"{_digits(d, 10)}",
    "policy": lambda d: f"P{_digits(d, 13)}",
    "vin": _of("LSVAA49J132047371", "1HGCM82633A004352", "LFV3A23C0J3001234"),
    "engine": lambda d: f"EA{_digits(d, 7)}",
    "licence": lambda d: f"1100{_digits(d, 8)}",
    "staff": lambda d: f"A{_digits(d, 5)}",
    "birth": lambda d: f"{d.randint(1950, 2012)}年{d.randint(1, 12)}月{d.randint(1, 28)}日",
    "birth_en": lambda d: f"{d.choice(('March', 'June', 'October'))} {d.randint(1, 28)}, {d.randint(1950, 2005)}",
    "address": _address,
    "street": _street,
    "imei": lambda d: _checked(d, "8612", 15, is_right=True),
    "password": lambda d: f"{d.choice(('Qw', 'Xp', 'abc'))}{_digits(d, 4)}{d.choice(('!k', 'zz', 'Tr'))}",
    "code": lambda d: _digits(d, 6),
    "ip": lambda d: f"{d.choice((81, 93, 114, 203))}.{d.randint(30, 250)}.{d.randint(1, 250)}.{d.randint(1, 250)}",
    "us_phone": lambda d: f"({d.choice((212, 415, 617))}) {d.randint(200, 999)}-{_digits(d, 4)}",
    "visa": lambda d: _checked(d, "4539", 16, is_right=True),
    "ssn": lambda d: f"{d.randint(101, 665)}-{d.randint(11, 99)}-{d.randint(1111, 9999)}",
    "iban": _iban,
    "aws": lambda d: "AKIA" + "".join(d.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", k=12)) + "7Q2Z",
}
