import pytest

from pipeline.models.personal import finder
from pipeline.models.recognizers.check_digits import luhn, resident


@pytest.fixture(scope="module")
def find():
    return finder()


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("我的证件11010519491231002X号", "CN_RESIDENT_ID", "11010519491231002X"),
        ("电话是１３８１２３４５６７８哦", "CN_MOBILE", "１３８１２３４５６７８"),
        ("打138 1234 5678吧", "CN_MOBILE", "138 1234 5678"),
        ("打138-1234-5678吧", "CN_MOBILE", "138-1234-5678"),
        ("我的邮箱是zhangsan@example.com谢谢", "EMAIL_ADDRESS", "zhangsan@example.com"),
        ("卡号4111111111111111转账", "CREDIT_CARD", "4111111111111111"),
        ("地址192.168.1.20登录", "IP_ADDRESS", "192.168.1.20"),
        ("加微信：zhang_san88吧", "CN_WECHAT", "zhang_san88"),
        ("QQ:123456789", "CN_QQ", "123456789"),
    ],
)
def test_identifiers_are_found_glued_to_han_with_exact_offsets(find, text: str, kind: str, value: str) -> None:
    start = text.index(value)
    [got] = [f for f in find([text], ["zh"], "never")[0] if f[2] == kind]
    assert got[:3] == (start, start + len(value), kind)


def test_names_are_found_in_both_languages(find) -> None:
    got = find(["张伟住在北京市。", "John Smith lives in Paris."], ["zh", "en"], "always")
    assert [[f[:3] for f in row] for row in got] == [
        [(0, 2, "PERSON"), (4, 7, "LOCATION")],
        [(0, 10, "PERSON"), (20, 25, "LOCATION")],
    ]


def test_names_beside_no_identifier_are_not_looked_for_unless_always(find) -> None:
    assert find(["John Smith lives in Paris."], ["en"], "with_identifiers") == [[]]
    assert find(["John Smith lives in Paris."], ["en"], "never") == [[]]


def test_check_digits_follow_their_standards() -> None:
    assert resident("11010519491231002") == "X"
    assert luhn("4111111111111111")
    assert not luhn("4111111111111112")


@pytest.mark.parametrize("letter", ["a", "A", "\u017f", "\u212a"])
def test_a_taiwan_number_in_any_case_is_scored(find, letter: str) -> None:
    assert "TW_ID" in [f[2] for f in find([f"台湾身份证号{letter}123456789"], ["zh"], "never")[0]]
