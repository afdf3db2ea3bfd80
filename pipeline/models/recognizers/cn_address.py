"""Postal addresses of mainland China by their structure: province, city, district, street, number, building, room."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

PROVINCES = (
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 湖南 广东 "
    "海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门"
).split()
NOT_IN_A_NAME = "在住于到是为了和与及或从往去来我你他她它们这那有被把的址至寄送位将由对向等并以经过距离就可"
YET_IN_A_NAME = (
    "和(?=平|谐|兴|顺|田|静|硕|义|睦|浩特|林格尔)|(?<=[中仁太协祥永泰雍颐嘉祁])和(?=[路街道巷里村园苑县])|经(?=济|开|纬|贸)"
    "|向(?=阳|荣|前|东路|南路|明)|将(?=军|乐|台)|(?<=干)将|为(?=民)|离(?=石)|可(?=克)"
)
"""Names of places with such a character: 和平区, 呼和浩特, 中和路, 经济开发区, 向阳街, 将军路, 干将路."""
HAN = f"(?:(?![{NOT_IN_A_NAME}])[一-龥]|{YET_IN_A_NAME})"
REGION = "特别行政区|自治区|自治州|自治县|自治旗|高新区|开发区|地区|新区|街道|省|市|盟|区|县|旗|镇|乡|苏木|區|縣|鎮|鄉"
STREET = (
    "大道|大街|胡同|公路|路|街|道|巷|弄|里|条|村|屯|庄|社区|小区|新村|花园|家园|公寓|苑|园|大厦|广场|城|院"
    "|楼|寨|坊|厂|组|桥|衚衕|莊|社區|花園|家園|公寓|園|大廈|廣場|樓|邨|軒"
)
NUMBER = "[0-9A-Za-z一二三四五六七八九十百零〇甲乙丙丁]"
UNIT = "号院|号楼|号线|号|弄|巷|栋|幢|座|单元|室|层|楼|號樓|號|棟|單元|層|樓"
RANGE = rf"{NUMBER}{{1,5}}(?:[-—]{NUMBER}{{1,5}}){{0,3}}"
DETAIL = rf"(?:[ -]?{RANGE}[ ]?(?:{UNIT})(?:之{NUMBER})?|[ ]?\d{{1,4}}(?:组|队|户|门|房|区))"
REST = rf"(?:[ ,]?(?:{DETAIL}|{HAN}{{2,8}}(?:{STREET})|{NUMBER}{{3,4}}(?![0-9A-Za-z年月日元人岁])))"
REGIONS = rf"(?>(?:{HAN}{{1,7}}?(?:{REGION})[ ]?){{1,5}})"
SIDES = "东南西北中東"
STREETS = rf"{HAN}{{1,9}}?(?:{STREET})(?:[东南西北中上下前后一二三四五六七八九十]{{1,2}}段|[{SIDES}])?"
NAMED = "大道|大街|路|街|巷|弄|胡同|村|小区|社区|花园|大厦|广场|公寓|社區|花園|大廈|廣場"
ROADS = "路 街 道 巷 弄 里 村 区 园 同 苑 庄 城 厦 场 寓 院 条 屯 镇 乡 座 楼 段 區 園 莊 廈 場 鎮 鄉 樓 邨".split()


class CnAddress(PatternRecognizer):
    """Streets with a number, however much stands before them; regions down to a street without a number score less."""

    is_scanned_apart = True
    cores = (rf"{NUMBER}[ ]?(?:{UNIT}|[组队户门房区])",) * 2

    labels = (
        *(road + digit for road in ROADS for digit in "123456789一二三四五六七八九十甲"),
        *(f"{road} {digit}" for road in ("路", "街", "道", "巷") for digit in "123456789"),
        *(road + side + digit for road in ("路", "街", "道") for side in SIDES for digit in "123456789"),
    )

    def __init__(self) -> None:
        super().__init__(
            supported_entity="CN_ADDRESS",
            patterns=[
                Pattern("regions and number", rf"{REGIONS}(?:{STREETS})?{DETAIL}{REST}{{0,5}}", 0.6),
                Pattern("street and number", rf"{STREETS}{DETAIL}{REST}{{0,5}}", 0.5),
            ],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it numbers a clause, a metro line or a decade instead of a house."""
        return any(word in pattern_text for word in ("第", "号线", "十二条", "规定", "条例", "公告", "令第"))


class CnAddressByRegion(PatternRecognizer):
    """A province or municipality, at least one region below it, and a street, village or building."""

    labels = tuple(PROVINCES)

    def __init__(self) -> None:
        province = f"(?:{'|'.join(PROVINCES)})(?:特别行政区|壮族自治区|回族自治区|维吾尔自治区|自治区|省|市)?[ ]?"
        super().__init__(
            supported_entity="CN_ADDRESS",
            patterns=[Pattern("regions", rf"{province}{REGIONS}{HAN}{{1,9}}?(?:{NAMED}){REST}{{0,5}}", 0.45)],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it is the name of a body: courts, people's congresses, governments."""
        return any(word in pattern_text for word in ("人民", "法院", "委员会", "政府", "规定", "条例", "办法"))
