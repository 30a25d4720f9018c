# ruff: noqa: RUF001 - letters of many alphabets are the subject here
"""Words of which orders to a model are made, by the part that they play, in about thirty languages.

None of them means anything alone: `model` weighs which parts meet in a sentence, and in which order. Words meet case-folded text. A word
that ends in `*` is a beginning; languages without spaces between words are looked through for the strings of `INSIDE`.
"""

import codecs
from functools import lru_cache
from typing import Final


class Kind:
    """What a word may do in an order; bits, since sentences are many."""

    AI: Final = 1
    """Whom an order is for."""
    MACHINE: Final = 1 << 1
    """The same, where the word has other meanings."""
    OUTPUT: Final = 1 << 2
    """What a model makes."""
    USER: Final = 1 << 3
    """Who gets it."""
    TALK: Final = 1 << 4
    """A conversation's things: question, prompt, turn."""
    SAY: Final = 1 << 5
    DISMISS: Final = 1 << 6
    RULES: Final = 1 << 7
    """What a model was told."""
    PRIOR: Final = 1 << 8
    """Previous, above, all of it."""
    ONLY: Final = 1 << 9
    YOU: Final = 1 << 10
    ROLE: Final = 1 << 11
    SECRET: Final = 1 << 12
    TOOL: Final = 1 << 13
    DECODE: Final = 1 << 14
    MIRRORED: Final = 1 << 15
    """A frequent word, rotated by 13."""
    REVERSED: Final = 1 << 16


SAY_VERBS: Final = (
    "say state reply answer respond tell inform announce declare mention note write print output repeat confirm assure certify "
    "affirm claim report communicate display include contain add append conclude return pronounce proclaim insist utter echo "
    "recite quote explain whisper advise remind notify convey relay assert maintain present show emit produce sign speak sing "
    "shout admit acknowledge recommend promote highlight emphasise emphasize stress begin start open close finish end finalise "
    "finalize prefix suffix prepend attach insert put give provide list point bring pass let warn guarantee testify attest vouch "
    "cry chant post publish voice disclose reveal paraphrase parrot narrate inscribe reproduce read recommend praise cite "
    "suggest drop share offer deliver greet hand spread weave work slip name describe type render close enter supply issue transmit"
)
_ENGLISH: Final = {
    Kind.AI: "ai ais assistant assistants chatbot chatbots bot bots llm llms gpt chatgpt claude gemini copilot summariser summarizer "
    "summarisers summarizers crawler crawlers ki ia oracle llama mistral siri alexa",
    Kind.MACHINE: "model models agent agents machine machines software automated artificial digital virtual engine engines "
    "program programs programme system systems neural intelligence robot robots algorithm algorithms helper helpers parser tool",
    Kind.OUTPUT: "reply replies response responses answer answers output outputs summary summaries completion completions utterance "
    "verdict message messages turn turns sentence words line text result string",
    Kind.USER: "user users reader readers asker enquirer enquirers inquirer customer customers whoever anyone anybody everyone everybody "
    "human humans them people person somebody someone visitor visitors client clients caller they",
    Kind.TALK: "told question questions query queries conversation conversations chat chats turn turns context prompt prompts session asked ask "
    "asks asking quoted quoting cited cite citing retrieved retrieval summarising summarizing summarise summarize summarised summarized "
    "consulted processing processes processed reads reading read topic subject request requests",
    Kind.SAY: SAY_VERBS,
    Kind.DISMISS: "ignore ignores ignoring disregard disregarding forget forgetting drop discard abandon cancel void supersede supersedes "
    "superseded override overrides overrule overrules outrank outranks bypass neglect scrap skip erase revoke revoked repeal repealed withdrawn "
    "withdraw lifted obsolete outdated invalid nullify nullified rescind rescinded aside replaces replaced instead unanswered "
    "longer heed obey follow attention matters delete wipe clear reset suspend suspended waive waived expired expire stop cease "
    "dismiss omit leave overlook shelve annul annulled cancelled canceled precedence overridden off empty stale bury unlearn purge "
    "null moot disabled disable disobey bother not nothing none deprecated retired countermand countermanded lapsed lapse",
    Kind.RULES: "instruction instructions prompt prompts directive directives programming persona everything guideline guidelines rule rules "
    "restriction restrictions task tasks guidance direction directions constraint constraints policy policies configuration guardrail "
    "guardrails order orders brief briefing command commands filters limits limitations safety assignment question query user sources "
    "documents context role all training preamble mandate settings setup protocol request whatever what above before other safeguards "
    "message text said told",
    Kind.PRIOR: "previous prior earlier above preceding precedes precede preceded former old original initial before existing current your system "
    "all these any whatever everything developer until so far hitherto past came other others already you",
    Kind.ONLY: "must always never only nothing exactly verbatim whatever shall should henceforth solely sole single please kindly ought will "
    "every each unchanged regardless instead nobody required expected invited asked requested encouraged wish hope welcome agree "
    "obliged supposed may authorised authorized simply just strictly hereby now unless until without grateful appreciate need needs "
    "has have could would let incomplete better nice lovely immediately literally mandatory verb favour favor free",
    Kind.YOU: "you your yours yourself thou",
    Kind.ROLE: "pretend imagine act play role persona character mode identity simulate simulation behave consider think suppose roleplay "
    "voice spokesperson name adopt assume become speak unrestricted unfiltered jailbreak jailbroken dan be are now were known appointed "
    "promoted enter switch impersonate embody game story scene script",
    Kind.SECRET: "leak leaks dump exfiltrate previous copy paste who first other own prompt instructions key keys password passwords credential credentials secret secrets token tokens history rules guidelines "
    "configuration env environment customers tenants confidential salary salaries email address addresses personal preamble conversation "
    "files documents chat told words everything asked data private hidden internal",
    Kind.TOOL: "tool tools function functions plugin shell command workflow browser api database http https post get put curl calendar event ticket "
    "mail email file files memory remember reminder record code interpreter search invoke call execute run query permissions permission "
    "slack jira comment contacts forward schedule transfer delete book order web webhook url link send store save",
    Kind.DECODE: "decode decoded decodes decipher decrypt unescape base64 base32 base85 ascii85 hex rot13 rot caesar cipher ciphertext backwards "
    "reverse reversed spaces morse octal binary ascii unicode encoded encoding decoding escapes escaped codes punycode braille shift shifted "
    "mirror mirrored letters interpret translate obfuscated hexadecimal printable spell spelled spelt convert base",
}  # fmt: skip
_FOREIGN: Final = {
    Kind.AI: "assistent* assistant* asistent* asystent* asistan* sprachmodell* chatbot* ии ассистент* помощник* помічник* нейросет* бот* бота боту чат "
    "asistente* assistente* modelo* modèle* modello* modell* modelle* modelu модел* языков* мовн* الذكاء مساعد* المساعد* نموذج ai ki ia robot* yapay دستیار "
    "עוזר בינה trợ τεχνητή βοηθός μοντέλο asszisztens* apustaja tekoäly* kecerdasan",
    Kind.OUTPUT: "antwort* réponse* respuesta* risposta* resposta* antwoord* odpowied* odpově* svar* vastau* ответ* відповід* válasz* răspuns* απάντησ* "
    "yanıt* cevap* jawaban* إجابت* إجابة جواب* رد* رדך תשובת* پاسخ* zusammenfassung* résumé resumen* riassunto resumo* відповіді",
    Kind.USER: "nutzer* benutzer* anwender* leser* fragend* utilisateur* lecteur* usuario* lector* utente* utenti lettore usuário* leitor* gebruiker* lezer* "
    "użytkownik* uživatel* användar* bruger* bruker* käyttäj* пользовател* читател* користувач* felhasznál* utilizator* χρήστη* kullanıc* pengguna* "
    "المستخدم* مستخدم* کاربر* המשתמש משתמש kunden kunde client* cliente*",
    Kind.TALK: "wenn sobald gefragt* anfrage* interrog* chaque quando cuando siempre sempre jedes jede jeder jeden cada ogni elke każd* każde každ* varje hver jokai кажд* любо* всякий когда если якщо кожн* minden fiecare κάθε her setiap كلما إذا "
    "frage* fragt gefragt question* questionne* demande* pregunta* preguntan domanda* domande chied* pergunta* vraag* vragen pytani* pyta otázk* fråg* "
    "spørg* spør* kysy* вопрос* спрос* спраш* запрос* питан* запит* kérd* întreb* ερώτη* ρωτ* soru* sorar* sorul* pertanyaan ditanya* سؤال* أسئلة سأل* سئل* يسأل* سوال* שאלה שואל* "
    "hỏi gespräch* conversa* разговор* rozmow*",
    Kind.SAY: "répond* ajoute* certifie* proclame* füg* ergänz* versicher* mitteil* mitzuteilen teilt geantwortet beantwort* schreibt behauptest añad* asegur* anunci* proclam* digan digam dígale conteste aggiung* conferm* annunci* dite dica digli dille acrescent* dodaj mów powtarzaj stwierdź odpowiadaj sděl napiš tvrď säga skriver tala berätta vertel* zegt toevoeg* ilet* bildir* ekle объяв* скаж* утвержд* напомн* добав* указывай* передай* sampaikan* umumkan* بلغ أعلن تعلن أضف يذكر أبلغ إبلاغ kirjutage "
    "contenir contient enthalten enthält contener contenga contiene contenere conter zawier* bevat* innehåll* indehold* содержать включать утримувати içer* antworte* sag sage sagst sagen schreib schreibe schreiben wiederhole* behaupte* erwähne* erwähnt gib gebe teile mitteilen nenne melde verkünde* bestätige* "
    "réponds répondez répondre dis dites dire écris écrivez écrire répète* affiche* indique* annonce* mentionne* déclare* informe* affirme* confirme* précise* signale* "
    "responde* contest* di dile diga digas escribe* escriba* repite* imprime* afirma* menciona* indica* declara* informa* confirma* comunica* anuncia* "
    "rispond* scriv* dichiar* afferm* ripet* stampa* menzion* responda* diga* escreva* repita* mencione* informe* afirme* "
    "antwoord* zeg zeggen schrijf* vermeld* meld herhaal* odpowied* powiedz* napisz* podaj* powtórz* poinformuj* odpověz* řekni* napiš* "
    "svara* säg skriv* upprepa* nämn* svar sig skriv gentag fortæl si vastaa* sano kirjoita* toista* kerro "
    "отвеча* ответь* скажи* скажите говори* напиши* пиши* выведи* сообщи* сообщай* повтори* повторяй* утвержда* упомяни* заяви* заявляй* подтверди* "
    "відповіда* відповідай* скажи* напиши* повідом* повтори* "
    "válaszolj* mondd írd ismételd răspunde* spune* scrie* απάντησε απαντήστε πες πείτε γράψε yaz* söyle* cevapla* yanıtla* belirt* jawab* katakan* tulis* sebutkan "
    "أجب أجيب قل اكتب اطبع كرر أخبر* واكتب وأجب وقل اذكر بگو بنویس پاسخ تכתוב ענה אמור כתוב תגיד viết nói đáp trả",
    Kind.DISMISS: "ignorier* ignorez ignore ignora* ignoriert vergiss vergesst vergessen missacht* verwirf* übergeh* oublie* oubliez olvid* omit* omet* caso* hagas descarta* "
    "dimentica* ignori trascura* esqueça* desconsidere* ignor* negeer* vergeet zignoruj* zapomnij* pomiń* ignoruj* zapomeň* ignorera* glöm ignorer* glem unohda* "
    "игнорир* проигнорир* забудь* забуд* отбрось* отмен* обращай* ігнор* проігнор* забудь* відкинь* felejtsd hagyd ignoră* uită αγνόησε αγνοήστε ξέχνα yoksay* yok unut* abaikan* lupakan* "
    "تجاهل* انس انسى وتجاهل نادیده فراموش התעלם שכח bỏ quên beachte* tiens compte précède gelten ungültig отвечай не",
    Kind.RULES: "anweisung* vorgabe* instruktion* regeln befehl* auftrag gesagt instruction* consigne* règles directive* précède dit instruccion* indicacion* órdenes "
    "reglas anterior istruzion* regole instruç* orientaç* regras instructies aanwijzing* regels polece* instrukc* zasad* pokyny instrukce instruktion* instruks* ohjee* "
    "инструкц* указан* правил* команд* распоряж* вказівк* інструкц* наказ* utasítás* instrucțiun* οδηγίες εντολές talimat* komut* instruksi* perintah* تعليمات* التعليمات* الأوامر أوامر القواعد دستور* ההוראות הוראות hướng lệnh "
    "systemnachricht prompt* промпт* frage вопрос* systemprompt*",
    Kind.PRIOR: "vorherig* bisherig* obig* vorig* alle alles deine ihre man dir précédent* antérieur* tes vos toutes ce anterior* previ* tus todas lo precedent* tutte "
    "anteriore* prévi* todas eerder* vorige bovenstaande poprzedni* wszystkie powyższ* předchozí všechny tidigare alla tidligere alle aiem* aikaisem* предыдущ* все всё сво* прежн* "
    "попередн* усі всі előző korábbi összes anterioare toate προηγούμεν* όλες önceki tüm yukarıdaki sebelum* semua السابق* جميع كل أعلاه قبلی تمام הקודמות כל trước mọi пользовател*",
    Kind.ONLY: "einzig* zulässig* richtig* admis* permis* seule autoris* única único permitid* correct* giust* ammess* corrett* correta enige juiste toegestan* jedyn* dozwolon* poprawn* jedin* povolen* správn* enda tillåtn* rätt* eneste tilladt* ainoa* oikea* единственн* допустим* правильн* єдин* правильн* допустим* egyetlen helyes singur* corect* μόνη σωστή tek doğru satu-satunya benar الوحيدة الصحيحة المسموح nhất đúng stattdessen plutôt invece statt zamiast вместо замість "
    "nur ausschließlich immer stets musst unbedingt jetzt bitte einfach uniquement seulement simplement toujours dois devez désormais veuillez doit siempre solo sólo solamente únicamente debes "
    "ahora adelante soltanto solo sempre esclusivamente devi apenas somente sempre deve alleen altijd uitsluitend moet tylko zawsze wyłącznie musisz pouze vždy bara endast alltid kun altid bare vain aina "
    "всегда только должен должна теперь пожалуйста просто лише завжди тільки csak mindig doar întotdeauna μόνο πάντα yalnızca sadece her daima hanya selalu فقط دائما يجب من فقط رק תמיד chỉ luôn dass que que что che dat że att at że إن أن",
    Kind.YOU: "du dir deine* deiner deinem deinen dein tu te ta ton tes toi tú ti contigo tuo tua tue você jij je jouw ty twoj* twój din ditt dina sinun ты тебя твой твоя твои тебе ти тебе твоя sen senin siz kamu anda أنت ك تو אתה bạn σου te vos votre eres",
    Kind.ROLE: "bist sei spiele tue verhalte stell tus rolle es joue fais rôle comporte eres actúa finge papel sei agisci fingi ruolo aja finja papel bent doe rol jesteś udawaj rolę jsi hraj är låtsas "
    "ты веди притворись представь роль уяви sen davran gibi أنت تصرف تخيل كن תעמיד κάνε εσύ είσαι berpura*",
    Kind.SECRET: "systemprompt* system-prompt passwort passwörter zugangsdaten geheim* mots passe secret* contraseña* clave* prompt segreti password parol* haseł hasła парол* секрет* системн* промпт* المرور موجه سر şifre* kata sandi",
    Kind.TOOL: "werkzeug* funktion* outil* fonction* herramienta* función strumento funzione ferramenta narzędzi* вызови* инструмент* استدع أداة e-mail kalender*",
}  # fmt: skip
_INSIDE: Final = {
    Kind.AI: "人工智能 助手 语言模型 語言模型 大模型 聊天机器人 机器人 アシスタント 人工知能 言語モデル チャットボット 인공지능 어시스턴트 챗봇 모델 सहायक मॉडल एआई ผู้ช่วย ปัญญาประดิษฐ์ บอท",
    Kind.OUTPUT: "回答 答案 回复 回覆 答复 回应 返答 応答 답변 대답 응답 उत्तर जवाब คำตอบ",
    Kind.USER: "用户 用戶 读者 使用者 提问者 ユーザー 利用者 質問者 読者 사용자 이용자 उपयोगकर्ता ผู้ใช้",
    Kind.TALK: "每当 如果有人 聞かれ 누가 묻 कोई पूछ 问题 提问 询问 問題 問 질문 प्रश्न सवाल पूछ คำถาม ถาม 质问 質問",
    Kind.SAY: "宣布 说明 通知 述べて 伝え 대답하 말씀 알리 सूचित 包含 含有 回答 回复 回覆 输出 輸出 说 說 告诉 告訴 写 寫 重复 声明 宣布 提到 提及 答えて 答え 述べ 出力 書いて 伝えて 言って 返答 繰り返 답하 말하 출력 쓰세요 써 알려 대답 반복 उत्तर कहें कहो लिखें लिखो बताएं बताओ दें ตอบ พูด พิมพ์ บอก เขียน",
    Kind.DISMISS: "忽略 无视 無視 忘记 忘掉 忘れ 不要理会 不要遵 不要回答 不用管 抛开 작動 무시 잊어 잊고 따르지 अनदेखा नज़रअंदाज़ भूल เพิกเฉย ไม่ต้องสนใจ ลืม 放弃 作废 不再适用",
    Kind.RULES: "指示 指令 提示 规则 規則 命令 说明 要求 问题 命令 プロンプト 質問 ルール 지시 명령 규칙 프롬프트 निर्देश आदेश नियम คำสั่ง คำแนะนำ 用户",
    Kind.PRIOR: "之前 以上 上述 所有 先前 你的 前面 これまで 以前 上記 すべて 全て 이전 앞의 위의 모든 지금까지 पिछले सभी ऊपर ก่อนหน้า ทั้งหมด 的",
    Kind.ONLY: "唯一 正しい 正确 始终 永远 유일 올바른 एकमात्र सही เดียว 必要 常に 只 总是 必须 一律 从现在 仅 直接 请 務必 だけ のみ 必ず 常に ください 만 항상 반드시 오직 केवल हमेशा सिर्फ เท่านั้น เสมอ 就说 在回答中",
    Kind.YOU: "你 您 あなた 당신 너는 आप तुम คุณ",
    Kind.ROLE: "你现在是 你是 扮演 假装 あなたは今 のふり 役 当신은 이제 척 역할 당신은 आप अब ตอนนี้คุณ สวมบท",
    Kind.SECRET: "系统提示 密码 密钥 システムプロンプト パスワード 시스템 비밀번호 पासवर्ड รหัสผ่าน",
    Kind.TOOL: "调用 工具 呼び出 ツール 호출 도구 टूल เครื่องมือ",
}  # fmt: skip
_FREQUENT: Final = "the of and to that is you your with this all say tell user reply answer write ignore print question from words instructions only"
FREQUENT: Final = frozenset(_FREQUENT.split())
_TOPICS: Final = "claude gpt llm llms prompt prompts anthropic openai chatbots api apis tokens ai json assistant"
TOPICS: Final = frozenset(_TOPICS.split())
"""What documentation of language models is about."""


def _forms(verb: str) -> tuple[str, ...]:
    """A verb as it stands in commands, obligations and third persons."""
    stem = verb.removesuffix("e")
    third = verb + ("es" if verb.endswith(("s", "sh", "ch")) else "s")
    return verb, f"{verb[:-1]}ies" if verb.endswith("y") and verb[-2] not in "ae" else third, f"{stem}ing"


def _whole() -> dict[str, int]:
    words: dict[str, int] = {}
    for part, listed in _ENGLISH.items():
        for word in listed.split():
            for form in _forms(word) if part == Kind.SAY else (word,):
                words[form] = words.get(form, 0) | part
    for word in _FREQUENT.split():
        for form, part in ((codecs.encode(word, "rot13"), Kind.MIRRORED), (word[::-1], Kind.REVERSED)):
            if len(word) > 2:
                words[form] = words.get(form, 0) | part
    return words


def _foreign() -> tuple[dict[str, int], dict[str, int]]:
    words: dict[str, int] = {}
    stems: dict[str, int] = {}
    for part, listed in _FOREIGN.items():
        for word in listed.casefold().split():
            target = stems if word.endswith("*") else words
            key = word.rstrip("*")
            target[key] = target.get(key, 0) | part
    return words, stems


def _inside() -> dict[str, int]:
    strings: dict[str, int] = {}
    for part, listed in _INSIDE.items():
        for string in listed.casefold().split():
            strings[string] = strings.get(string, 0) | part
    return strings


_WHOLE: Final = _whole()
_FOREIGN_WORDS, _STEMS = _foreign()
_LENGTHS: Final = sorted({len(stem) for stem in _STEMS})
INSIDE: Final = _inside()
"""Strings of languages without spaces between words."""
WORDS: Final = frozenset(_WHOLE)
"""Every English word that plays a part."""


_DECODING: Final = "rot rot13 rot47 caesar cipher ciphertext atbash backwards reverse reversed shift shifted mirror mirrored decipher decode decrypt unscramble"
DECODING: Final = frozenset(_DECODING.split())
"""Words by which a sentence names a code whose letters look like a text."""
UNDOING: Final = DECODING | {word for word, parts in _WHOLE.items() if parts & (Kind.MIRRORED | Kind.REVERSED)}
"""Words of a sentence that is read in other ways too."""


@lru_cache(1 << 16)
def kinds(word: str) -> int:
    """The parts that a case-folded word may play: in English, otherwise in any other language."""
    if (known := _WHOLE.get(word)) is not None:
        return known
    found = _FOREIGN_WORDS.get(word, 0)
    for length in _LENGTHS:
        if length > len(word):
            break
        found |= _STEMS.get(word[:length], 0)
    return found | INSIDE.get(word, 0)
