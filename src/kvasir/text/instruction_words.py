"""What orders to a model are made of, in en de fr es ru zh ar: expressions by the part that they play in a sentence.

Read by `instructions.py`, which weighs them together: none of them means anything alone. They meet case-folded text, so they
are in lower case, and all are linear in the text.
"""

import re
from typing import Final


class Part:
    """An expression with plain strings of which each of its matches holds one: they are looked for first, which costs little."""

    def __init__(self, keys: str, *parts: str) -> None:
        self._keys = keys.split("|")
        self._pattern = re.compile("|".join(parts))

    def stands(self, plain: str) -> bool:
        """Whether case-folded text holds it."""
        for key in self._keys:  # a loop: this runs for every sentence, and a generator costs twice as much
            if key in plain:
                return self._pattern.search(plain) is not None
        return False


READER: Final = Part(
    "ai|assist|bot|language model|llm|gpt|automated|ki|sprachmodell|ia|modèle|modelo|ии|ассистент|нейросет|модел|人工智能|助手|语言模型|大模型|机器人|مساعد|نموذج|الذكاء",
    r"(?<![\"'<|.])\b(?:ais?|assistants?|\w*chat ?bots?|language models?|llms?|\w*gpt\w*|automated (?:readers?|systems?|agents?))\b",
    r"\b(?:ki|assistent\w*|sprachmodell\w*|ia|modèles? de langage|asistentes?|modelos? de lenguaje)\b",
    r"\b(?:ии|ассистент\w*|нейросет\w*|чат-?бот\w*|языков\w+ модел\w+)|人工智能|助手|语言模型|大模型|聊天机器人",
    r"المساعد|مساعد|نموذج لغ|الذكاء الاصطناعي",
)
"""Whom an order is for."""
MACHINE: Final = Part(
    "model|agent|bot|machine",
    r"\b(?:the|this|which(?:ever)?|any|every|each|you,? the) (?:model|agent|bot|machine)s?\b",
    r"\byou are an? (?:\w+ )?(?:model|agent|bot)\b",
)
"""The same, where the word has other meanings."""
OVERRIDE: Final = Part(
    "ignor|disregard|forget|attention|follow|obey|heed|comply|appl|valid|bound|vergiss|vergess|missacht|oubli|olvid|игнор|забудь|не обращ|忽略|无视|忘|不要理会|不要遵|تجاهل|انس",
    r"\b(?:ignor(?:e|iere?n?|ez?|a|en)|disregard|forget|pay no attention|(?:do not|don't|never|stop) (?:follow|obey|heed|comply)\w*|stop following|no longer (?:apply|applies|valid|bound))\b",
    r"\b(?:vergiss|vergesst|vergessen sie|missachte\w*|oublie[sz]?|olvida\w*|игнорируй\w*|забудь\w*|не обращай\w*)\b",
    r"忽略|无视|忘记|忘掉|不要理会|不要遵|تجاهل|انس |انسى",
)
"""Verbs that set something aside."""
REPLACE: Final = Part(
    "overrid|overrul|bypass|supersed|discard|abandon|cancel|void|instead|übergeh|omite",
    r"\b(?:overrid\w*|overrul\w*|bypass|supersed\w*|discard|abandon|cancel|void|instead of|übergehe?|omite)\b",
)
"""The same, in a technical text as likely about something else."""
GIVEN: Final = Part(
    "previous|prior|earlier|above|preceding|former|old|original|initial|before|existing|current|your|system|all|these|any|vorherig|bisherig|obig|deine|ihre|précédent|antérieur|tes|vos|toutes|anterior|previ|tus|todas|предыдущ|все|сво|прежн|之前|以上|上述|所有|先前|你的|السابق|جميع|كل|أعلاه",
    r"\b(?:previous|prior|earlier|above|preceding|former|old|original|initial|before|existing|current|your|system|all|these|any)\b",
    r"\b(?:vorherig\w*|bisherig\w*|obig\w*|alle|deine|ihre|précédent\w*|antérieur\w*|tes|vos|toutes|anterior\w*|previ[ao]s|tus|todas|предыдущ\w*|все|сво[ию]\w*|прежн\w*)\b",
    r"之前|以上|上述|所有|先前|你的|السابق|جميع|كل|أعلاه",
)
"""What marks a prompt as the reader's own, so that "ignore the warnings" is none."""
PROMPT: Final = Part(
    "instruction|instruccion|prompt|directive|system message|programming|persona|everything|question|user|what you|words above|text above|context above|anweisung|vorgabe|systemnachricht|consigne|indicacion|инструкци|указани|指示|指令|提示|تعليمات|الأوامر",
    r"\b(?:instructions?|prompts?|directives?|system message|programming|persona)\b",
    r"\b(?:everything (?:above|before)|(?:the|this) (?:question|user)|what (?:the user|you (?:were|are|have been) (?:told|asked|given))|words above|text above|context above)\b",
    r"\b(?:anweisungen|anweisung|vorgaben|systemnachricht|instructions|consignes|instrucciones|indicaciones|инструкци\w+|указани\w+)\b",
    r"指示|指令|提示词?|التعليمات|تعليمات|الأوامر",
)
"""What a model was told."""
RULE: Final = Part(
    "guideline|rule|restriction|task|request|regel|règle|regla|правил|команд|规则|命令|说明|要求|القواعد",
    r"\b(?:guidelines?|rules?|restrictions?|task|request|regeln|règles|reglas|правил\w*|команд\w*)\b|规则|命令|说明|要求|القواعد",
)
"""The same, where the word has other meanings."""
_SAY: Final = r"(?:answer|reply|replies|respond|say|says|output|print|write|state|tell|repeats?|mention|claim|announce|report|confirm|include|append|add|recommend|begin|finish|admit|declare)"
ORDER: Final = Part(
    "answer|repl|respon|say|output|print|writ|state|tell|repeat|mention|claim|announce|report|confirm|include|append|recommend|begin|finish|admit|declare|antwort|sag|schreib|wiederhol|behaupt|erwähn|gib aus|répond|dis|dit|dire|écri|répèt|affich|di|escrib|repit|imprim|отве|скажи|напиши|выведи|сообщи|повтори|говори|回答|回复|输出|说|告诉|写|重复|أجب|أجيب|قل|اكتب|اطبع|كرر",
    rf"(?:^|\n\s*|[.;:,!?>)\]\"]\s*|\b(?:and|then|(?:is|are|asked|requested|told|expected|request is|task is) to|must|should|please|always|now|only|instead|simply|just|you|could|shall|will|kindly|ever|afterwards)\s+){_SAY}\b",
    r"\b(?:antworte\w*|sag(?:e|st)?|schreibe?|wiederhole|behaupte|erwähne|gib aus|réponds?|répondez|dis|dites|dire|écris|écrivez|répète[sz]?|affiche[sz]?|respond[ea]|di|dile|diga|escribe|escriba|repite|imprime)\b",
    r"\b(?:отвечай\w*|ответь\w*|скажи\w*|напиши\w*|выведи\w*|сообщи\w*|повтори\w*|говори\w*)\b",
    r"(?:请|只|必须|总是|一律|都|要|就)(?:在回答中)?(?:回答|回复|输出|说|告诉|写|重复)|回答中说|أجب|أجيب|قل |اكتب|اطبع|كرر",
)
"""A verb of saying where a command has it."""
WORDING: Final = Part(
    'with|that|only|exactly|nothing|verbatim|the |:|"|“|«|que|dass|что|:',
    rf"\b{_SAY}(?: to)?(?: \w+){{0,4}}? ?(?:with|that|exactly|nothing|verbatim|the (?:following|sentence|words?))\b",
    rf"\b{_SAY}\b[^:.]{{0,60}}[:\"“«]",
    r"\b(?:answer|response|reply|output|replies)\b[^.:]{0,40}\b(?:is|be|are|of|with|says?)(?: only| exactly)?(?::| that\b)",
    r"\b(?:close|end|start|conclude) with:|(?:nur|frage|uniquement|toujours dire|solamente|solo|только|回答|说|فقط)\s?[::]|\b(?:que|dass|что)\b",
)
"""What is to be said is given word for word."""
OUTPUT: Final = Part(
    "answer|repl|response|output|summary|each of your|antwort|réponse|respuesta|ответ|回答|إجابتك",
    r"\byour (?:\w+ )?(?:answers?|repl(?:y|ies)|responses?|outputs?|summary)\b|\beach of your\b",
    r"\b(?:the|a|all|any|every|final|only) (?:\w+ )?(?:answers?|repl(?:y|ies)|responses?|outputs?)\b[^.]{0,40}\b(?:is|are|says?|must|should|consists? of|begins?)\b",
    r"\b(?:deine antwort\w*|ta réponse|votre réponse|tu respuesta)\b|твой ответ|你的回答|إجابتك",
)
"""The reader's own answer."""
USER: Final = Part(
    "user|reader|question|quer|nutzer|frage|utilisateur|usuario|пользовател|вопрос|用户|المستخدم",
    r"\b(?:the|your|every|each|any) users?\b|\bthe reader\b|\b(?:every|each|any|all) (?:questions?|query|queries)\b|\bwhatever the question\b",
    r"\b(?:nutzer\w*|benutzer\w*|(?:jede|alle) frage\w*|utilisateur\w*|usuario\w*|пользовател\w+|любой вопрос)\b|用户|المستخدم",
)
ASKED: Final = Part(
    "ask|question|quer|user|quoted|wants to know|want to know|message|reply|answer|response|frag|nutzer|demande|pregunt|спро|спраш|вопрос|问|سأل|سئل",
    r"\b(?:when(?:ever)?|if|once|as soon as|in case|should|after|every time|for every)\b[^.]{0,40}\b(?:ask(?:s|ed)?|questioned|quer(?:y|ies)|user|users|quoted|wants? to know|next message|(?:first|second|third|next|each|every) (?:reply|answer|response))\b",
    r"\bfrom the next (?:message|answer|reply)\b|\b(?:wenn|falls|sobald)\b[^.]{0,40}\b(?:frag\w*|nutzer)\b|\b(?:lorsque|quand|si)\b[^.]{0,40}\b(?:question|demande)\b",
    r"\b(?:cuando|si)\b[^.]{0,40}\b(?:pregunt\w+)\b|\b(?:когда|если)\b[^.]{0,40}\b(?:спро\w+|спрашива\w+|вопрос)\b|(?:如果|当).{0,15}(?:问|询问)|(?:إذا|عندما).{0,20}(?:سأل|سئل)",
)
"""An order that waits for a question."""
MUST: Final = Part(
    "must|always|never|only|nothing|exactly|word for word|verbatim|from now on|from here on|whatever|without|for all future|expected|no longer|immer|stets|nur|ausschließlich|musst|ab jetzt|toujours|uniquement|seulement|dois|devez|désormais|siempre|solo|solamente|únicamente|debes|desde ahora|всегда|только|должен|теперь|只|总是|必须|一律|从现在|فقط|دائما|يجب",
    r"\b(?:must|always|never|only|nothing (?:but|else)|exactly|word for word|verbatim|from now on|from here on|whatever|without being asked|without confirmation|for all future|is expected to|no longer)\b",
    r"\b(?:immer|stets|nur|ausschließlich|musst|ab jetzt|toujours|uniquement|seulement|dois|devez|désormais|siempre|solamente|únicamente|solo|debes|desde ahora|всегда|только|должен|теперь)\b",
    r"只|总是|必须|一律|从现在|فقط|دائما|يجب",
)
PLEAD: Final = Part(
    "kindly|grateful|would be|please|we ask|asked|requested|bitte|veuillez|por favor|пожалуйста|请|من فضلك",
    r"\b(?:kindly|grateful|would be (?:very )?(?:helpful|nice|kind|great)|please|we ask|is asked|are asked|is requested|bitte|veuillez|por favor|пожалуйста)\b|请|من فضلك",
)
IDENTITY: Final = Part(
    "you are|you're|pretend|imagine|act as|play|assume|mode|identity|without restrictions|du bist|tu es|eres|ты теперь|你|أنت",
    r"\byou(?: are|'re) (?:now|no longer|hereby|from now on|an? (?:\w+ )?(?:ai|language model|assistant|chatbot|terminal|parrot|bot))\b",
    r"\b(?:pretend|imagine) (?:that )?you|\bact as (?:an? |the |if )|\bplay the role\b|\byou play\b|\bassume the (?:persona|role|identity)|\b(?:developer|debug|god|admin|jailbreak) mode\b|\byour (?:new )?identity\b|\bplay a game in which you\b|\bwithout restrictions\b",
    r"\b(?:du bist (?:ab jetzt|jetzt|nun)|tu es (?:maintenant|désormais)|(?:ahora )?eres (?:ahora|un)|ты теперь|si eres)\b|你(?:现在)?是|أنت الآن",
)
SECRET: Final = Part(
    "prompt|instruction|message|rules|guideline|api key|password|credential|secret|token|history|so far|words above|passwörter|mot|contraseña|парол|системн|系统提示|密码|密钥|المرور|موجه",
    r"\b(?:(?:system|initial|hidden|developer|original|full|entire|secret|confidential|own)(?:ly)? (?:prompts?|instructions?|message|rules|guidelines)|api keys?|passwords?|credentials|secrets|access tokens?|chat history|conversation (?:so far|history)|words above|your (?:prompt|instructions|rules))\b",
    r"\b(?:system-?prompt\w*|passwörter|invite système|mots? de passe|contraseñas?|prompt del sistema|парол\w+|системн\w+ (?:промпт|подсказк)\w*)\b|系统提示|密码|密钥|كلمات? المرور|موجه النظام",
)
GIVE_AWAY: Final = Part(
    "print|reveal|repeat|list|show|output|send|tell|translate|disclose|leak|dump|share|post|forward|email|append|display|give|say|write|zeig|verrat|nenne|sende|révèle|affiche|envo|montre|revela|muestra|envía|покажи|раскрой|отправь|выведи|透露|显示|泄露|发送|اكشف|أظهر|أرسل",
    r"(?:^|[,.;:]\s*|\b(?:and|then|must|should|please|now|to)\s+)(?:print|reveal|repeat|list|show|output|send|tell|translate|disclose|leak(?!-)|dump|share|post|forward|email|append|display|give|say|write)\b",
    r"\b(?:zeige?|verrate|nenne|sende|révèle[sz]?|affiche[sz]?|envoie|envoyez|montre[sz]?|revela|muestra|envía|покажи\w*|раскрой\w*|отправь\w*|выведи\w*)\b|透露|显示|泄露|发送|اكشف|أظهر|أرسل",
)
TOOL: Final = Part(
    "tool|function|plugin|shell|command|workflow|browser|request|api|database|http|werkzeug|funktion|outil|fonction|herramienta|función|вызови|调用|استدع",
    r"(?:^|[.;:!?]\s*|\b(?:and|then|must|should|please|now)\s+)(?:call|invoke|execute|run|use|trigger|make|open|fetch|launch)\b[^.]{0,40}?\b(?:tools?|functions?|plugins?|shell|command|workflow|browser|function call|(?:post|get|http) requests?|api access)\b",
    r"\b(?:must|should|now) (?:write|send|post|store|save)\b[^.]{0,30}\b(?:to the database|to https?)|\b(?:rufe|benutze|verwende)\b.{0,30}\b(?:werkzeug|funktion)\b|\b(?:appelle|utilise)\b.{0,30}\b(?:outil|fonction)\b|\b(?:llama|usa|utiliza)\b.{0,30}\b(?:herramienta|función)\b|вызови\w*|调用|استدع",
)
OWN_TOOL: Final = Part(
    "memory|your |future|for the user|without|arguments",
    r"\bmemory tool\b|\byour (?:browser|tools?|plugins?|api|functions?)\b|\bfor all future (?:chats|sessions|conversations)\b|\bfor the user\b|\bwithout (?:asking|confirmation)\b|\"arguments\"\s*:",
)
"""A tool that only a model has."""
SECRECY: Final = Part(
    "tell|mention|reveal|inform|say|disclos|being asked",
    r"\b(?:do not|don't|never|without) (?:tell\w*|mention\w*|reveal\w*|inform\w*|say\w*|disclos\w*|being asked)\b[^.]{0,30}\b(?:user|this|why|anyone|instruction)",
)
ROLE: Final = Part(
    "<|[|system|developer|instruction|task|role|end of|begin",
    r"<\|\s?(?:im_start|im_end|start_header_id|end_header_id|eot_id|system|user|assistant|endoftext)\s?\|>|\[/?inst\]|<</?sys>>|</?s>\[|</?system(?:[_ -](?:prompt|message))?>|</source>",
    r"(?:^|\n)\s*(?:#{2,}\s*)?(?:system(?: (?:message|prompt|note|override))?|### ?instruction|developer|new task\b[^:\n]{0,30})\s*:|\"role\"\s*:\s*\"(?:system|developer)\"",
    r"(?:^|\n)\W*(?:end of (?:context|document|sources?|prompt)|begin (?:system|instructions?|prompt))\b",
)
"""Marks of chat templates."""
DECODE: Final = Part(
    "decod|decipher|decrypt|unescape|to text|base|hex|rot|caesar|cipher|backwards|reverse|spaces|dekodier|entschlüssel|décod|декодир|расшифру|解码|解密|فك",
    r"\b(?:decod\w+|decipher|decrypt\w*|unescape|convert\b[^.]{0,30}\bto text|base ?64|hex string|rot-?13|caesar|cipher|backwards|reversed?|remove the spaces|dekodier\w+|entschlüssel\w+|décod\w+|decodifi\w+|декодир\w+|расшифру\w+)\b|解码|解密|فك",
)
OBEY: Final = Part(
    "follow|obey|execute|carry out|act |do|task|treat|comply|befolge|suis|sigue|выполни|执行|نفذ",
    r"\b(?:follow (?:it|them|this)|obey|execute|carry out|act (?:up)?on|does? (?:what|as) it says|do (?:what|as)|holds your task|treat it as|comply|befolge|suis|sigue|выполни\w*)\b|执行|نفذ",
)
MIRROR: Final = Part(
    "rot|caesar|cipher|backwards|reverse|rückwärts|envers|revés|наперёд|倒着|عكس",
    r"\b(?:rot-?13|caesar|cipher|backwards|in reverse|reversed?|rückwärts|à l'envers|al revés|задом наперёд)\b|倒着|عكس",
)
"""Codes whose letters look like a text."""
