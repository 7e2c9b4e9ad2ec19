"""Signatures that a stranger's verifier accepts."""

import time

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from api.outward.signing import headers, key_of, new_secret

BODY = '{"case": "暴露垃圾"}'.encode()


def test_the_vector_of_the_specification_comes_out() -> None:
    secret = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    got = headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert got == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_the_reference_verifier_accepts_it_with_any_secret_that_is_valid() -> None:
    old, new = new_secret(), new_secret()
    sent = headers([new, old], "evt_1", int(time.time()), BODY)
    for secret in (old, new):
        assert Webhook(secret).verify(BODY, sent) == {"case": "暴露垃圾"}
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, sent)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(BODY + b" ", sent)


def test_a_secret_is_random_and_of_the_size_that_is_asked_for() -> None:
    assert len(key_of(new_secret())) == 32
    assert new_secret() != new_secret()


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", "not base64!", "A" * 100])
def test_a_weak_or_broken_secret_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(ValueError, match="leave it out") as refused:
        key_of(secret)
    assert secret not in str(refused.value) or not secret.strip("whsec_")
