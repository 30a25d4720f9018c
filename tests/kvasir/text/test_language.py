import time

import pytest

from kvasir.text.language import detect, sample


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "The operator reconciles the resource until the observed state is what was asked for."),
        ("de", "Der Betreiber gleicht die Ressource ab, bis der beobachtete Zustand dem gewünschten entspricht."),
        ("ru", "Оператор согласует ресурс, пока наблюдаемое состояние не совпадёт с желаемым."),
        ("ar", "يقوم المشغل بتسوية المورد حتى تتطابق الحالة المرصودة مع الحالة المطلوبة."),
        ("zh", "操作员会不断调整资源，直到观察到的状态与期望的状态一致。"),
        ("ja", "オペレーターは、観測された状態が望ましい状態になるまでリソースを調整します。"),
        ("no", "Hvis du ikke vet hva du skal gjøre nå, må du spørre noen som jobber her på kontoret hver dag."),
    ],
)
def test_sentences(language: str, text: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "12 34", "kubectl", "ok", "???", "x = 1"])
def test_too_little_to_tell(text: str) -> None:
    assert detect(text) == "und"


def test_cost_does_not_grow_with_the_document() -> None:
    text = "The quick brown fox jumps over the lazy dog. " * 50_000
    assert len(sample(text)) <= 1_202
    detect("Load the model once, before the clock starts to run.")
    before = time.process_time()
    assert detect(text) == "en"
    assert time.process_time() - before < 0.1
