import pytest
from django_scopes import scope

from accounts import reasons
from accounts.models import Industry, ReasonCode


@pytest.mark.parametrize("industry", Industry.values)
def test_every_industry_begins_with_reasons_for_every_use(industry):
    catalogue = reasons.defaults(industry)

    assert list(catalogue) == ReasonCode.Use.values
    for pairs in catalogue.values():
        codes = [code for code, _label in pairs]
        assert len(codes) >= 3
        assert len(set(codes)) == len(codes)
        assert all(len(code) <= 40 and code.isascii() and code.islower() for code in codes)
        assert all(0 < len(str(label)) <= 100 for _code, label in pairs)


def test_a_bank_and_a_telecom_company_have_reasons_of_their_own():
    stops = {
        industry: {code for code, _label in reasons.defaults(industry)["stop"]} for industry in ("bank", "telecom")
    }

    assert "kyc_expired" in stops["bank"] - stops["telecom"]
    assert "device_stolen" in stops["telecom"] - stops["bank"]


def test_a_reason_reads_as_the_client_says_it_then_as_the_product_does(acme, globex, django_assert_num_queries):
    with scope(client=[acme.pk, globex.pk]):
        ReasonCode.objects.filter(client=globex, code="non_payment").update(label="Unpaid", is_active=False)
        with django_assert_num_queries(1):
            labels = reasons.labels_for([acme.pk, globex.pk])

    told = [
        reasons.label(client.pk, code, labels)
        for client, code in [
            *((acme, "non_payment"), (globex, "non_payment")),
            *((acme, "imported"), (acme, "identity"), (acme, "never_heard_of")),
        ]
    ]
    assert told == ["Non Payment", "Unpaid", "Imported", "Identity confirmed", "Never heard of"]


def test_a_form_offers_what_the_client_offers_for_this_use_in_its_order(acme, globex):
    with scope(client=acme.pk):
        ReasonCode.objects.filter(use="resume", code="paid").update(position=9)
        ReasonCode.objects.filter(use="stop", code="fraud_suspected").update(is_active=False)

        assert reasons.choices(acme.pk, "resume") == [("identity_confirmed", "Identity Confirmed"), ("paid", "Paid")]
        assert [code for code, _label in reasons.choices(acme.pk, "stop")] == ["non_payment", "policy_breach"]
        assert reasons.choices(globex.pk, "stop") == []


@pytest.mark.requirement("R14")
@pytest.mark.parametrize("industry", Industry.values)
def test_a_hold_for_payment_is_explained_by_payment_and_nothing_else(industry):
    about_money = {
        *("non_payment", "card_expired", "debit_returned", "charge_disputed", "payment_failed", "premium_unpaid")
    }
    catalogue = reasons.defaults(industry)
    holds = dict(catalogue["hold"])
    assert set(holds) <= about_money
    assert {"fraud_suspected", "inactivity"} <= dict(catalogue["stop"]).keys() - holds.keys()
    # One code reads the same, whatever it stands for.
    assert {code: label for code, label in catalogue["stop"] if code in holds}.items() <= holds.items()
