"""What servers say before and after the thing itself: "Oops!", "Sorry,", "Error 404:" (pure data).

Patterns of folded text, see crawler.verdict.phrases.
"""

# ruff: noqa: E501, ISC004 - tables

from __future__ import annotations

SORRY = "|".join((
    # English
    r"o+ps[a-z]*|wh?oops[a-z]*|uh[ -]?oh|oh,? (?:no|dear|snap|crap)|ouch|aw+|h+m+|hey|darn|d'oh|yikes|gosh|well|"
    r"(?:so|very|we(?:'re| are)(?: (?:very|so|really|truly|terribly))?|i(?:'m| am)(?: so)?)? ?sorry(?: about that)?|"
    r"(?:our )?apologies|we apologi[sz]e|unfortunately|error|warning|notice|message|alert|"
    r"(?:it|this) (?:looks|seems|appears)(?: like| as if| as though| that| to be)?|(?:looks|seems|appears)(?: like| that)?|"
    r"but|houston,? we have a problem|page error|error page|pardon|excuse me",
    # German, Dutch
    "leider|entschuldig(?:ung|en sie)(?: bitte)?|verzeihung|hoppla|ups|huch|fehler(?:seite|meldung)?|"
    "es tut uns leid|tut uns leid|helaas|oeps|fout(?:melding)?|foutpagina|het spijt ons",
    # French, Spanish, Portuguese, Italian
    "desolee?s?|nous sommes desoles|oups|oh non|erreur|malheureusement|mince|zut|"
    "(?:lo )?(?:sentimos|siento|lamentamos)(?: mucho)?|disculp[ae]n?|perdon|vaya|ups|uy|pagina de error|mensaje|"
    "desculp[ae](?:-nos|m)?|ops|opa|erro|infelizmente|pedimos desculpas?|ah,? nao|lamento|"
    "spiacent[ei]|(?:ci|mi) (?:dispiace|spiace)|siamo spiacenti|errore|purtroppo|attenzione|oh no|accidenti",
    # Russian, Ukrainian
    "к сожалению|извините|простите|приносим извинения|ошибка|упс|ои|ой|увы|на жаль|помилка|вибачте",
    # Chinese
    "(?:非常|很|十分|真的|实在|實在|真)?(?:抱歉|遗憾|遺憾)|对不起|對不起|不好意思|哎呀|哎哟|哎喲|啊哦|阿哦|噢|哦|呃|糟糕|天啊|咦|"
    "错误(?:提示|代码|信息|页面)?|錯誤(?:提示|代碼|代號|訊息|頁面)?|(?:系统|系統|温馨|友情|信息|訊息)?提示(?:信息|訊息)?|出错(?:了|啦)|"
    "出錯(?:了|啦)|发生错误|發生錯誤|警告|公告|温馨提醒|亲爱的(?:用户|读者|网友)|亲|尊敬的(?:用户|读者)|您好|你好",
    # Japanese, Korean
    "(?:大変|誠に|まことに)?(?:申し訳|申しわけ)(?:ござ|あり)(?:いません|ません)(?:が|けど)?|すみません(?:が)?|恐れ入りますが|エラー|"
    "ごめんなさい|残念ながら|お知らせ|죄송합니다(?:만)?|오류|에러|앗",
    # Arabic, others
    "عذرا|عفوا|خطا|ناسف|نعتذر|للاسف|معذره|اسف|blad|przepraszamy|niestety|uups|hata|uzgunuz|virhe|fel|fejl|feil|chyba",
))  # fmt: skip
CODE = (
    r"(?:(?:http|https)[ /]?(?:1\.[01])? ?)?(?:error|err|status|code|fehler|fehlercode|erreur|erro|errore|ошибка|помилка|fout|"
    r"错误|錯誤|エラー|오류|خطا|hata|virhe|fel|blad|page|pagina|seite)?[ :#-]*(?:status|code|no|nr|n)?[ .:#°-]*(?<!\d)(?:404|410)(?!\d)"
)
