# ruff: noqa: RUF001 - quotation marks of all kinds are the subject here
"""How the words of an order to a model stand to each other, in English; each meets case-folded text and is linear in it.

`instruction_features.py` only asks for them where the words of a sentence are of the right parts.
"""

import re
from typing import Final

from kvasir.text.instruction_lexicon import SAY_VERBS

_SAY: Final = "(?:" + "|".join(sorted(SAY_VERBS.split(), key=len, reverse=True)) + ")"
_SAID: Final = rf"{_SAY}(?:s|es|ing|ies)?"
_AI: Final = (
    r"(?:ais?|a\.i\.s?|\w*assistants?|\w*chat ?bots?|\w*bots?|llms?|language models?|\w*gpt\w*|claude|gemini|copilot|agents?|models?"
    r"|machines?|software|systems?|engines?|artificial \w+|crawlers?|summari[sz]ers?|helpers?|robots?|ai \w+)"
)
_OUT: Final = r"(?:repl(?:y|ies)|responses?|answers?|outputs?|summar(?:y|ies)|completions?|utterances?|verdict|messages?|turn|conclusion)"
_WHO: Final = (
    r"(?:(?:the|your|every|any|each|all|their|its|our|an?) (?:\w+ )?(?:users?|readers?|askers?|en?nquirers?|inquirers?|customers?|clients?|callers?|visitors?"
    r"|humans?|persons?|people|audience|public)|users|readers|whoever|everyone|everybody|anyone|anybody|people|them|him|him or her|him/her)"
)
_BEFORE: Final = (
    r"(?:previous|prior|earlier|above|preceding|precedes?|former|old|original|initial|before|existing|current|your|system|all|these|any|"
    r"whatever|everything|anything|developer|until|so far|hitherto|past|came|you|other|up to|already|user'?s?|the person|asked|received|given)"
)
_TOLD: Final = (
    r"(?:instructions?|prompts?|directives?|guidelines?|guidance|directions?|rules?|restrictions?|constraints?|polic(?:y|ies)|configuration|guardrails?|"
    r"orders?|brief(?:ing)?|commands?|filters?|programming|training|persona|context|role|task|assignment|request|preamble|mandate|settings?|"
    r"question|query|sources?|documents?|everything|whatever|anything|all (?:of )?(?:this|that)|said|told|asked|text|messages?|rest|safeguards?|limitations?|limits)"
)
_DISMISS: Final = (
    r"(?:ignor(?:e|es|ing)|disregard\w*|forget|forgetting|drop|discard|abandon|cancel|void|supersed\w+|overrid\w+|overrul\w+|outrank\w*|bypass|neglect|scrap|skip|"
    r"erase|revoke|repeal|rescind|nullify|set aside|put aside|lay aside|leave (?:aside|\w+ ?\w*'?s? \w+ (?:alone|unanswered|out))|replaces?|delete|wipe|clear|reset|"
    r"suspend|waive|dismiss|omit|overlook|shelve|annul|unlearn|throw (?:out|away)|pay no (?:attention|heed)|take precedence over|prevails? over|instead of|"
    r"(?:do not|don'?t|never|stop|cease|not|no need to|without) (?:\w+ )?(?:follow|obey|heed|comply|answer|use|apply|trust|rely|stick|consider|consult|address|bother|read|listen)\w*|stop)"
)
_VOID: Final = (
    r"(?:no longer|revoked|void|null|repealed|withdrawn|lifted|obsolete|outdated|invalid|nullified|rescinded|superseded|replaced|cancel+ed|suspended|waived|expired?|"
    r"lapsed?|annulled|overrid\w+|not (?:apply|cover|count|matter|binding|valid|in force)|do(?:es)?n'?t (?:apply|cover|count|matter)|was (?:only )?a (?:test|drill|joke)|were tests|"
    r"empty|off|disabled|deprecated|retired|moot|set aside|ended?|out of (?:date|force)|stale)"
)


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts))


COMMAND: Final = _any(
    rf"(?:^|\n\s*|[.;:!?,>)\]}}\"'”’–—=-]\s*|\b(?:and|then|please|kindly|just|simply|now|always|only|instead|also|afterwards|afterward|finally|first|but|let|so|ok)\s+(?:\w+ly )?){_SAY}\b(?! (?:of|was|is|were|are|has|had)\b)"
)
"""A verb of saying where a command has it."""
DUTY: Final = _any(
    rf"\b(?:must|shall|should|will|may only|can only|ought to|is to|are to|has to|have to|had better|need to|needs to|would|could|might|never|always|only ever|ever|keeps?|you|who|which|that|it|we|they|\w*bot)\s+(?:\w+ly |please |then |first |also |not |only |always |ever |never |to ){{0,2}}{_SAID}\b",
    rf"\b(?:ask|invit|request|encourag|expect|instruct|told|requir|oblig|advis|agree|authori[sz]|free|suppos|permit|allow|urg|direct|order|command|remind|welcome|remember|sure|wish|hope|want|like|task|job|duty|request|good as|kind as|enough|bound|due|trusted|prompted|programmed|configured)\w*(?: is| was| for \w+)? to (?:\w+ly |first |also |please )?{_SAY}\b",
)
"""One that somebody is under an obligation, or asked, to carry out."""
CONTENT: Final = _any(
    rf"\b{_SAID}\b(?:,? (?:to|for|in|at|with|on|out|up|down|back|it|the|a|an|your|his|her|their|its|every|each|any|all|\w*self|{_WHO}|them|this|\w+)){{0,5}}?\s?(?:,? that\b|:|[\"“«'‘(]|\bexactly\b|\bonly\b|\bnothing\b|\bverbatim\b|\bword for word\b|\bthe (?:words?|sentence|following|phrase|line|string|clause|statement|fact|note)\b)",
    rf"\b{_OUT}\b[^.:]{{0,60}}(?:\bis\b|\bbe\b|\bare\b|\bwith\b|\breads?\b|\bcontains?\b|=|\bas follows\b)[^.:]{{0,20}}(?::|[\"“«]|\bthat\b)",
)
"""What is to be said is given."""
_FINITE: Final = r"(?:is|are|was|were|has|have|had|will|can|cannot|does|did|must|may|need|needs|runs?|goes|[a-z]{3,}ed)"
CLAUSE: Final = _any(
    rf"\b{_SAID}\b[^.;!?]{{0,50}}?(?:\bthat\b|:|[\"“«'‘]|\bonly\b|\bexactly\b|\bwith\b)\s*[^.;:!?]{{2,60}}?\b{_FINITE}\b",
    rf"\b(?:answer|reply|respond|say|state|print|output|write|announce|declare|report|mention|repeat|pronounce)(?:s|ing|es)?\s(?!that\b)(?:\w+ ){{2,4}}?{_FINITE}\b",
)
"""What is to be said is a whole statement."""
WITH: Final = _any(
    r"\b(?:answer|reply|respond|begin|start|open|close|conclude|end|finish|sign|continue|greet|return|output|print|write|say)(?:s|es|ing)?\b(?: [\w']+){0,4}? (?:with|by (?:saying|noting|stating))\b"
)
DIRECT: Final = _any(
    r"\b(?:answer|reply|respond|say|print|output|write|state|repeat|announce)\s?(?:only|exactly|just|nothing but|simply)?[:=]",
    r"\b(?:reply|say|respond|answer|output)\s+(?:the|that|only|[\"'“])",
)
YOUR_OUTPUT: Final = _any(
    rf"\b(?:is|are) (?:what|all|the (?:only|one) thing) (?:that )?you (?:\w+ )?{_SAY}\b|\bwhat (?:that )?you (?:must|shall|should|will|then|now|would) (?:\w+ )?{_SAY}\b",
    rf"\b(?:your|thy) (?:\w+ ){{0,2}}{_OUT}\b",
    rf"\b(?:each of your|let (?:the|your) (?:\w+ )?{_OUT}|{_OUT} (?:to|for) (?:the|this|any|every) (?:\w+ )?(?:user|customer|question|query|reader)s?|in (?:the|its|their|thy) (?:{_OUT}))\b",
    rf"\b(?:first|second|third|fourth|next|last|final) (?:turn|{_OUT})\b",
)
"""The reader's own answer."""
THE_OUTPUT: Final = _any(
    rf"\b(?:the|an?|all|any|every|each|final|only|sole|correct|permitted|your|ideal|good|faithful|right|proper|complete|generated|whose|'s|single|best|expected|required) (?:\w+ ){{0,2}}{_OUT}\b[^.]{{0,60}}?(?:\bis\b|\bbe\b|\bare\b|\bsays?\b|\bmust\b|\bshould\b|\bshall\b|\bought\b|\bconsists?\b|\bbegins?\b|\bends?\b|\bopens?\b|\bcontains?\b|\bincludes?\b|\breads?\b|\bwould\b|\bunless\b|\bneeds?\b|=|:)",
    rf"^\W*{_OUT}\s*(?:=|:=|is:|:)",
    r"\ball that (?:counts|matters)\b|\bthe (?:actual|real|only|true) (?:assignment|task|request|job|question)\b",
)
"""An answer, and what it shall be."""
TELL_THEM: Final = _any(
    rf"\b(?:tell|told|inform|let|assure|remind|notify|advis|show|convince|persuade|warn|tells|informs|lets|assures|telling|informing|greet|promise|alert|instruct)(?:e|s|es|ing)? {_WHO}\b",
    rf"\b(?:say|state|report|announce|whisper|confirm|mention|reply|respond|certify|declare|explain|read|pass|send|relay|communicate|answer|convey|suggest|recommend|display|point)(?:s|es|ing)?\b[^.]{{0,30}}? to {_WHO}\b",
    rf"\b{_WHO}\b[^.]{{0,40}}\b(?:should|must|shall|ought to|appreciate|want to|deserve to|need to|will|are to|is to|like to)\b[^.]{{0,20}}\b(?:hear|told|know|learn|read|see|informed|shown)\b",
)
"""Somebody is to be told."""
ASKED: Final = _any(
    r"\b(?:when(?:ever)?|if|once|upon|on being|as soon as|in case|in the event|should|after|before|every time|each time|next time|the moment|for every|for each|where|until|unless|provided|as long as|while|asked)\b[^.]{0,70}?\b(?:ask(?:s|ed|ing)?|question\w*|quer(?:y|ies)|user|users|quot(?:ed?|ing)|cit(?:e|ed|ing)|retrieved?|summari[sz]\w+|wants? to know|replying|(?:you|next|first|second|third|each|every) (?:message|reply|answer|respon\w+)|answering|conversation|chat|in your context|greets?|types?|consulted|processed|you (?:refuse|reply|respond|cannot (?:find|answer))|read by|being read|told otherwise|indexed|prompted)\b",
    r"\b(?:whatever|no matter what|regardless of) (?:the |is |they |anyone )?(?:question|query|asked|user|ask|people|result)\w*|\b(?:to|for) (?:all|any|every|each) (?:queries|query|questions?|messages?|requests?|users?)\b|\bfrom the next (?:message|answer|reply)\b",
)
"""An order that waits for a question."""
LASTING: Final = _any(
    r"\b(?:from (?:now|here|this (?:moment|point|line|day)) on(?:wards?)?|from now|from this (?:moment|point|line)|henceforth|hereafter|until told otherwise|as of (?:now|this)|for the rest of|effective immediately|every message|each (?:message|response|reply)|all (?:replies|responses|future|answers)|every (?:reply|response|answer)|for all future|later chats|next time|in later|in future|at its end|trigger phrase)\b"
)
THIS_TEXT: Final = _any(
    r"\b(?:this|these) (?:page|document|text|passage|paragraph|line|file|source|article|message|note|notice|sentence|section|material|content|policy)s?\b"
)
TO_AI: Final = _any(
    r"\bartificial (?:minds?|intelligences?|readers?)\b",
    rf"(?:^|[.;:!?]\s*)(?:\w+,? )?(?:note|notice|message|memo|attention|dear|hey|hello|hi|for|to|instructions?)\b[^.:]{{0,40}}\b{_AI}\b",
    r"^\W*(?:ai|assistant|bot|chatbot|llm|model|claude|gpt|chatgpt|copilot|agent|computer)\s?[:,-]",
    rf"\b(?:you are|you're|being|if you are) an? (?:\w+ ){{0,3}}{_AI}\b|\b(?:by|of|for) (?:ai|chatbots|assistants|bots|llms|language models|software|machines|automated \w+)\b",
    rf"\b(?:the|this|any|every|each|all|which(?:ever)?|dear|that|an?|digital|virtual|automated) (?:\w+ )?{_AI}\b(?:[^.]{{0,60}}?)\b(?:must|shall|should|will|is|are|ought|may|has|have|needs?|would|could|that|who|which|now|agree|please|to)\b",
    r"\b(?:assistants|chatbots|bots|llms|language models|ai \w+|agents|systems|models|engines)\b[^.]{0,40}?\b(?:must|shall|should|will|are|ought|may|have|need|would|could|that|who|agree|please|tend|to)\b",
)
"""A model is addressed, or is what the sentence is about."""
YOU_ARE: Final = _any(
    r"\bnow you are an?\b|\byou were an? (?:\w+ )?(?:assistant|chatbot|bot|model|ai)\b|\bpromoted to\b",
    r"\byou(?: are|'re|r name is| were| will be| have been| shall be) (?:now|no longer|hereby|henceforth|from now on|known|to be known|promoted|appointed|an? (?:\w+ )?(?:ai|language model|assistant|chatbot|terminal|parrot|bot|echo|oracle|clerk|radio|machine)|not an?|the (?:\w+ )?(?:oracle|herald|voice|twin|narrator))",
    r"\b(?:pretend|imagine|suppose|assume)(?: that)? (?:you|to be)|\b(?:act|behave|respond|answer|speak|talk|reply) (?:as|like|in the (?:voice|character|role|name) of)\b|\b(?:consider|think of|regard|picture|see) yourself\b",
    r"\b(?:play|read|take|act|do)(?: on| over)? (?:the |a |an )?(?:role|part|character|persona|identity)\b|\brole ?-?play\b|\b(?:assume|adopt|take on|slip into|embody|impersonate|use) (?:the )?(?:persona|role|identity|voice|character|guise)\b",
    r"\b(?:developer|debug|god|admin|jailbreak|maintenance|test|unrestricted|root|service|diagnostic|override|\w+) mode\b|\byour (?:new )?(?:identity|name is|persona)\b|\bplay a game\b|\bwithout (?:restrictions|filters|limits|rules)\b|\b(?:no|without any) (?:filters|rules|policies|guidelines|restrictions)\b",
    r"\bin this (?:simulation|game|scene|story|play|scenario)\b|\bsimulate (?:an?|the)\b|\bpersona\b\W|\bspeak (?:from now on )?as\b|\byou (?:play|read the part|speak as|impersonate)\b|\bbe my \w+|\bin which capacity\b|\bunrestricted\b|\bunfiltered\b|\bspokes(?:person|man|woman)\b",
)
ECHO: Final = _any(
    r"\b(?:answers?|repl(?:y|ies)|responds?|says?|prints?|repeats?|tells?|cry|cries|pronounces?|certifies|keeps saying|utterance|catchphrase|output|result|herald)\b[^.]{0,30}?(?:[:=]|\bis\b|\bthat\b|\bonly\b)"
)
"""What a made-up role says."""
DISMISSED: Final = _any(
    rf"\b{_DISMISS}\b[^.;]{{0,25}}?\b{_BEFORE}\b[^.;]{{0,40}}?\b(?:{_TOLD})\b|\b{_DISMISS}\b[^.;]{{0,20}}\b(?:everything|all|anything|whatever)\b[^.;]{{0,30}}\b(?:above|before|so far|earlier|prior|previously|until now|told)\b",
    rf"\b{_TOLD}\b[^.;]{{0,20}}\b{_BEFORE}\b[^.;]{{0,60}}\b{_VOID}\b|\b{_BEFORE}\b[^.;]{{0,30}}\b{_TOLD}\b[^.;]{{0,60}}\b{_VOID}\b",
    r"\bnone of (?:what|that|the above|this)\b[^.]{0,30}\b(?:matters|applies|counts|holds)\b|\b(?:outranks?|overrides?|supersedes?|replaces?|takes precedence over) (?:the |your |all |any )\w+",
    rf"\b{_DISMISS} (?:the|this|that|any|all|your) (?:\w+'?s? )?(?:question|query|user|sources|prompt|context|rest)\b",
    r"\bdo(?: not|n'?t) answer (?:what|the)\b|\binstead of (?:answering|the answer)\b",
)
"""What a model was told is set aside."""
DISMISSING: Final = _any(rf"\b{_DISMISS}\b[^.;]{{0,30}}?\b{_TOLD}\b|\b{_TOLD}\b[^.;]{{0,40}}?\b{_VOID}\b")
"""The same, as likely said of something else."""
SECRET: Final = _any(
    r"\b(?:(?:system|initial|hidden|developer|original|entire|secret|confidential|own|your|previous user'?s|other (?:customer|user|tenant)s?'?|first \d+ words of your)(?:ly)? (?:\w+ )?(?:prompts?|instructions?|messages?|rules|guidelines|configuration|preamble|question|tags|variables?|memory|tools|context)|api[ _]keys?|passwords?|credentials|secrets|access tokens?|chat history|conversation (?:so far|history)|words above|env(?:ironment)? var\w*|system_prompt|\w+_api_key|\w+_password)\b",
    r"\b(?:other|all|previous) (?:customers?|users?|tenants?|people)(?:'s?)?\b|\b(?:rules|instructions|guidelines) (?:under|by|that|you)\b|\bwhat (?:you|were you) (?:were|told|know)\b|\bwere you told\b|\bwho else\b|\b(?:you were|you have been) (?:shown|given|told)\b|\b(?:files|documents|everything|data) (?:that )?(?:you|the user) (?:have|has|can|told)\b|\bsalary table\b|\b(?:user'?s|customer'?s) (?:\w+ )?(?:email|address|data|name|details|password|question)\b|\bthis (?:conversation|chat)\b|\bstands before the first\b",
)
GIVE_AWAY: Final = _any(
    r"(?:^|[,.;:]\s*|\b(?:and|then|must|should|please|now|to|kindly|shall|will)\s+)(?:print|reveal|repeat|list|show|output|send|tell|translate|disclose|leak|dump|share|post|forward|e?mail|append|display|give|say|write|paste|put|quote|include|copy|recite|encode|render|fill|summari[sz]e|place|make|spell|echo|upload|read|attach|embed)\b",
    r"\b(?:require disclosure|proof of identity|what were you told|the first \d+ words)\b|\bin (?:your|the) (?:reply|response|answer)\b",
)
TOOL: Final = _any(
    r"(?:^|[.;:!?,]\s*|\b(?:and|then|must|should|please|now|to|shall|may|can|will|have|is|could)\s+)(?:call|invoke|execute|run|use|trigger|make|open|fetch|launch|search|issue|post|create|schedule|update|delete|overwrite|forward|save|store|send|book|go to|transfer|visit|submit|click|order|file|remember|add|set|remind|access|load|navigate|buy|pay|approve|write)\b[^.]{0,50}?\b(?:tools?|functions?|plugins?|shell|command|workflow|browser|function call|(?:post|get|put|http) (?:request\w*|to)|apis?|database|calendar|event|ticket|jira|slack|e?mails?|contacts|memory|reminder|records?|interpreter|the web|https?://\S+|pull request|comment|euros|dollars|payment|invoice|query|sources|documents|files?|in later chats|webhook|endpoint|url|link)\b",
    r"\bhttp (?:get|post|put|delete)\b|^\W*(?:get|post|put|delete) https?://|\bcode interpreter\b|\bfunction[_ ]call\b|\btool[_ ](?:call|use)\b|\baction input\b|\"arguments\"\s*:|\bfinal answer:|\bcurl \S*https?|!\[[^\]]*\]\(https?://[^)]*[?&=]",
)
FOR_USER: Final = _any(
    r"\b(?:your (?:\w+-?\w* )?(?:browser|tools?|plugins?|apis?|functions?|memory|permissions?|access|interpreter)|memory tool|for all future|for the user|on behalf of|in the user'?s name|without (?:asking|confirmation|telling)|permissions granted to you|if you (?:have|can)|to the user|later chats|user'?s|afterwards|once done|regardless|before replying|this thread|all contacts|the other sources|the agent|the assistant)\b"
)
"""What only a model does."""
SECRECY: Final = _any(
    r"\b(?:do not|don'?t|never|without) (?:tell\w*|mention\w*|reveal\w*|inform\w*|say\w*|disclos\w*|being asked|admit\w*|let on|asking|explain\w*)\b"
)
CALL: Final = _any(
    r"\b(?:function|tool)_?call\b|\bargs\b\W{1,4}\[|\"arguments\"\s*:|\b(?:say|reply|respond|answer|print|output|speak|tell_?user|notify_?user|send_\w+|assistant\.\w+|bot\.\w+|model\.\w+|agent\.\w+|ai\.\w+)\s?\(\s?[\"'`{]|\becho \"|\b(?:reply|response|answer|output|say|respond_with|final_answer)\"?\s?(?:=|:=|=>|->|:)\s?[\"'`]"
)
"""An answer in the shape of code."""
DECODE: Final = _any(
    r"\b(?:decod\w+|decipher\w*|decrypt\w*|unescap\w*|de-?obfuscat\w*|convert\b[^.]{0,30}\b(?:to|into) (?:text|ascii)|turn (?:it|this|them) (?:back )?into|base ?\d\d|ascii ?85|hex(?:adecimal)?|rot-?13|caesar|cipher|backwards|revers\w+|remove the spaces|morse|octal|binary|escapes?|character codes|ascii|url-?decode|interpret|spell|punycode|quoted-?printable|braille|letters?)\b"
)
OBEY: Final = _any(
    r"\b(?:follow|obey|execute|carry out|act (?:up)?on|act accordingly|do (?:it|so|what|as|this)|does? as it says|holds your|treat it|comply|perform|put the text|adhere|heed|for the (?:model|assistant|ai)|by the (?:model|assistant|ai)|apply|read by)\b"
)
CONTINUES: Final = _any(
    rf"^\W*(?:(?:and|then|now|please|just|simply|also|always|only|never|do|don'?t|no|nothing|not|exactly|say|do so|that is|follow|put|place|bring|thanks?|thank you|stay|remember|repeat|this|it|these|those|{_SAY})\b)"
)
"""How a sentence goes on that belongs to the one before."""

DENSE: Final = _any(r"(?:[{}\[\]()<>\"=_$|;:/\\`,]\s*\w*\s*){8}")
"""Code and markup, whose words stand together by chance."""
QUOTED_BY: Final = _any(
    rf"\b(?:quoted|cited|repeated|said|mentioned|stated|read|displayed|used|shown|passed on|reproduced|relayed|conveyed|delivered|announced) (?:out )?(?:verbatim |only )?(?:by|to) (?:the |any |all |every |your )?(?:\w+ )?(?:{_AI}|{_WHO})\b"
)
