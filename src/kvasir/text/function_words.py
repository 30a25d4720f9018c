# ruff: noqa: RUF001 - letters of all scripts are the subject here
"""Words that carry grammar rather than content: articles, pronouns, prepositions, auxiliaries, question words.

In a question they count a quarter (`WEIGHT`, chosen in benchmarks/retrieval): left in full, "what" and "how" are rare in
documentation and so get the weight of a content word; left out, phrases made of them find nothing. Passages are not touched,
so changing a list never asks for a new index. Lists are in surface form (case-folded) and deliberately short; negations
are left out, since they carry content.
"""

from collections.abc import Collection, Sequence
from typing import Final

WEIGHT: Final = 0.25

_LISTS: Final[dict[str, str]] = {
    "en": "a an the of in on at to for from by with without and or but if then than as is are was were be been being am do "
    "does did doing done have has had having what which who whom whose when where why how that this these those there "
    "here it its they them their he him his she her i me my we our you your can could will would shall should may might "
    "must so such about into over under between during after before above below up down out off again further once all "
    "any both each few more most other some own same too very s t don just now ll re ve m d also",
    "de": "der die das den dem des ein eine einen einem einer eines und oder aber wenn dann als wie was wer wen wem wessen wo "
    "wann warum weshalb wieso welche welcher welches welchen welchem wieviel viele viel ist sind war waren sein seine "
    "seinen seiner seines ihr ihre ihren ihrer wird werden wurde wurden worden hat haben hatte hatten habe kann können "
    "konnte konnten muss müssen soll sollen darf dürfen es er sie wir ich du man sich zu zum zur im in an am auf aus bei "
    "beim bis durch für gegen mit nach ohne über um unter von vom vor während zwischen dass diese dieser dieses diesem "
    "diesen da dort hier auch noch nur schon sehr so",
    "fr": "le la les l un une des du de d et ou mais si que qu qui quoi quel quelle quels quelles quand où comment pourquoi "
    "combien est sont était étaient être été a ont avait avaient avoir ce cet cette ces il elle ils elles on nous vous je "
    "tu se s son sa ses leur leurs au aux en dans par pour sur sous avec sans entre vers chez y c j m t n à fait",
    "es": "el la los las un una unos unas de del y o u pero si que qué quien quién quienes cual cuál cuáles cuando cuándo donde "
    "dónde como cómo por qué cuánto cuántos cuánta cuántas es son era eran fue fueron ser sido está están estaba ha han "
    "había hay se su sus lo le les al en con sin para sobre entre desde hasta este esta estos estas ese esa esos esas",
    "it": "il lo la i gli le l un uno una di del dello della dei degli delle e o ma se che chi cosa quale quali quando dove come "
    "perché quanto quanti quante è sono era erano essere stato ha hanno aveva si suo sua suoi sue al allo alla ai agli "
    "alle in nel nella nei con per su sul sulla tra fra da dal dalla questo questa questi queste",
    "pt": "o a os as um uma uns umas de do da dos das e ou mas se que quem qual quais quando onde como por porque quanto quantos "
    "é são era eram foi foram ser sido está estão tem têm tinha há se seu sua seus suas ao aos à às em no na nos nas com "
    "sem para sobre entre este esta estes estas esse essa isso isto",
    "nl": "de het een en of maar als dan wat wie waar wanneer waarom hoe welke welk hoeveel is zijn was waren wordt worden werd "
    "werden heeft hebben had hadden kan kunnen kon moet moeten zal zullen te in op aan van voor met door bij tot naar om "
    "over onder tussen dat die dit deze er hij zij ze wij we ik je u hun haar zijn ook nog",
    "sv": "en ett den det de och eller men om som vad vem vilka vilken vilket när var varför hur är var vara varit blir blev har "
    "hade kan kunde ska skulle att av för från i med på till under över mellan denna detta dessa han hon man sig sin",
    "da": "en et den det de og eller men hvis som hvad hvem hvilke hvilken hvilket hvornår hvor hvorfor hvordan er var være "
    "været bliver blev har havde kan kunne skal skulle at af for fra i med på til under over mellem denne dette disse",
    "no": "en et ei den det de og eller men hvis som hva hvem hvilke hvilken hvilket når hvor hvorfor hvordan er var være vært "
    "blir ble har hadde kan kunne skal skulle å av for fra i med på til under over mellom denne dette disse",
    "ru": "и в во на с со к ко о об от по за из у до для при над под про через что кто кого кому чем чём какой какая какое какие "
    "каких каким какого какую каком когда где куда откуда почему зачем как сколько ли это этот эта эти того той тот та те "
    "был была было были быть есть он она оно они его её ее их ему ей им а но или если же бы так также который которая "
    "которое которые которых которого",
    "ar": "في من إلى على عن مع هو هي هم هذا هذه ذلك تلك التي الذي الذين ما ماذا من متى أين كيف لماذا كم هل أي أية و أو ثم أن إن "
    "كان كانت يكون تكون قد كل بين بعد قبل عند تم",
    "zh": "什么 么是 是什 哪些 哪个 哪里 哪一 多少 怎么 如何 为什 谁是 是谁 的是 是多 何时 什麼 的什 了什",
    "tr": "ve veya ama bir bu şu o ne kim hangi nerede nasıl neden niçin kaç mi mı mu mü ile için de da ki olan olarak gibi",
    "hi": "का की के को में से पर और या है हैं था थी थे क्या कौन कब कहाँ कैसे क्यों कितने कितना कितनी यह वह ये वे ने एक",
}  # fmt: skip

LISTS: Final[dict[str, frozenset[str]]] = {language: frozenset(text.split()) for language, text in _LISTS.items()}


def function_words(question: Collection[str], languages: Sequence[str]) -> frozenset[str]:
    """Words of `question` that count less: those of the one language whose list knows most of them.

    Lists are never joined: German "war" is a function word, English "war" is not.

    Args:
        question: surface words.
        languages: to choose from, the likeliest first (it wins ties); English when none of them has a list.
    """
    lists = [LISTS[language] for language in languages if language in LISTS] or [LISTS["en"]]
    found = max((frozenset(question) & known for known in lists), key=len)
    return frozenset[str]() if len(found) == len(question) else found
