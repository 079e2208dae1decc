"""What those say who keep us out, or ask us to wait: challenge, region, login, cookies, maintenance (pure data).

Patterns of folded text, see crawler.verdict.phrases. A page that says one of these says nothing of the link, so a
phrase too many here costs little; one too few may cost a link its life.
"""

# ruff: noqa: E501, ISC004 - tables

from __future__ import annotations

import re

from crawler.verdict.phrases import Phrases

_NEAR = r"[^.!?\n\"]"

CHALLENGE = Phrases(
    whole=(
        r"(?:request )?rate (?:threshold|quota) exceeded|just a (?:moment|second|sec|minute)(?: please)?|please wait(?: a (?:moment|second|few seconds))?|one (?:moment|more step)(?:,? please)?|"
        r"attention required|access (?:denied|forbidden|blocked|to this page has been denied|restricted)|forbidden|"
        r"web page blocked!?|robot challenge(?: screen)?|client challenge|vercel security checkpoint|web filter violation|access is temporarily restricted|"
        r"(?:verifying|checking|securing) (?:your|the) (?:browser|connection|request|site)|performing security verification|"
        r"(?:403|error 403|http 403)?[ -]*(?:access )?(?:forbidden|denied)|robot check|bot (?:check|detection|verification)|human (?:verification|check)|"
        r"security (?:check|verification|challenge|measure)|captcha|recaptcha|hcaptcha|are you (?:a )?(?:robot|human|bot)|"
        r"i'm not a robot|you(?:'ve| have)? been blocked|blocked|pardon our interruption|ddos[- ]guard|checking your browser|"
        r"(?:browser|connection|site) (?:check|verification|security check)|too many requests|rate limit(?:ed| exceeded)|request blocked|"
        r"verification(?: required| needed)?|web application firewall|validation request|not acceptable|sicherheitsuberprufung|"
        r"zugriff (?:verweigert|gesperrt|blockiert)|einen moment(?:,? bitte)?|nur einen moment|acces (?:refuse|interdit|bloque)|un instant|"
        r"acceso (?:denegado|prohibido|bloqueado)|un momento|acesso (?:negado|proibido|bloqueado)|um momento|accesso (?:negato|bloccato|vietato)|"
        r"доступ (?:запрещен|ограничен|заблокирован|закрыт)|проверка браузера|проверка безопасности|одну минуту|toegang (?:geweigerd|verboden)|een ogenblik(?: geduld)?|"
        r"安全(?:验证|驗證|检查|檢查|检测|校验|认证)(?:中|页面)?|访问验证|訪問驗證|人机(?:身份)?验证|人機驗證|真人验证|滑动验证|滑块验证|身份验证|机器人(?:验证|检测)|"
        r"验证码|驗證碼|请稍候|請稍候|请稍等|請稍等|稍等片刻|访问(?:受限|被拒绝|被拦截|异常|禁止|过于频繁)|拒绝访问|禁止访问|拒絕存取|存取被拒|禁止存取|网站防火墙|"
        r"(?:新浪|sina )?(?:访客系统|visitor system)|(?:浏览器|瀏覽器)安全检查中?|环境异常|(?:百度)?安全验证|"
        r"アクセス(?:が)?(?:拒否|制限|できません)(?:されました)?|しばらくお待ちください|セキュリティ(?:チェック|認証|確認)|ロボットではありません|私はロボットではありません|"
        r"تم رفض الوصول|الوصول مرفوض|لحظه من فضلك|التحقق الامني|انتظر لحظه|접근이? (?:거부|차단)\S*|잠시만 기다려\S*",
    ),
    said=(
        rf"(?:verify|confirm|prove|check|make sure|making sure|ensure|determine|show us)(?:ing)?{_NEAR}{{0,25}}you(?:'re| are)(?: \w+)? (?:human|real|a (?:real )?(?:human|person)|not a (?:ro)?bot)",
        rf"(?:complete|solve|pass|answer|finish|do)(?:ing)? (?:the|this|a|our) (?:quick |short |following |simple |brief )?(?:security |human )?(?:captcha|recaptcha|challenge|security check|puzzle|verification|slider){_NEAR}{{0,60}}(?:access|continue|proceed|proves?|below|human|first|verify)",
        r"\b(?:undeclared|unidentified|unauthori[sz]ed) (?:automated )?(?:tools?|bots?|crawlers?)|\blimit (?:the )?(?:number of )?requests|\battack id:? ?[0-9]{4,}|(?:page|url) (?:that )?you(?:'ve| have)? requested (?:has been|is|was) blocked|url violates|(?:this|your) request (?:was|has been) blocked|"
        r"has banned your access|checking the site connection|stand by,? while we are checking|administrator of this \w+ has set up \w+ to protect|proof-of-work (?:challenge|scheme)|"
        r"(?:we're|we are) verifying your browser",
        r"\bhot-?link(?:ing|ed|s)?\b|direct (?:access|linking) (?:\w+ ){0,4}(?:not (?:allowed|permitted)|denied|forbidden)|防?盗链|禁止外链|盜連|直リンク|(?:enable|turn on) (?:js|javascript) and disable any ad ?-?blocker|(?:slide|swipe|drag|tap|click|hold)(?: \w+){0,3} to (?:verify|confirm you)|(?:enable|turn on|allow|requires?) (?:both )?(?:javascript and cookies|cookies and javascript) (?:to|and|in order)|ddos protection by|"
        r"checking (?:if the site connection is secure|your browser(?: before| to))|review the security of your connection|needs to review the security",
        rf"(?:unusual|suspicious|automated|abnormal|irregular|bot-like) (?:traffic|activity|requests?|behaviou?r|access){_NEAR}{{0,60}}(?:your|from|network|detected)|detected (?:unusual|suspicious|automated)",
        r"(?:you|your (?:ip|request|access|browser|connection|network))(?:'ve| have| has)?(?: address)?(?: \S+)?(?: been| was| is| are)? (?:temporarily )?(?:blocked|banned|denied|flagged|identified as)",
        r"incapsula incident id|request unsuccessful|reference (?:#|id|number):? ?[0-9a-f#.]{6,}|cloudflare ray id|ray id: ?[0-9a-f]{8,}|your support id is|"
        r"you don't have permission to access|something about your browser made us think|as you were browsing something about|press (?:&|and) hold|"
        r"why have i been blocked|this website is using a security service|sent too many requests|made us think you (?:were|are|might be) a (?:ro)?bot|"
        r"(?:are|if you're|you're) not a (?:ro)?bot|i am not a robot|to continue,? please (?:type|enter|confirm|verify|click)|access to this (?:page|site|website|resource) (?:has been|is|was) (?:denied|blocked|restricted|forbidden)",
        rf"(?:sicherheit|bestatigen|uberprufen|prufen){_NEAR}{{0,40}}(?:mensch|kein (?:ro)?bot)|dass sie (?:ein mensch|kein roboter)|verifie[rz]?{_NEAR}{{0,30}}(?:humain|robot)|"
        rf"vous (?:etes (?:bien )?un (?:etre )?humain|n'etes pas un robot)|(?:verific|confirm|comprob){_NEAR}{{0,30}}(?:eres|es|seas?|usted es) (?:un )?(?:humano|ser humano)|no (?:eres|soy|es) un robot|"
        rf"(?:voce|que) (?:e|nao e) (?:um )?(?:humano|robo)|(?:sei|siete|tu sia) (?:un )?(?:essere )?umano|non (?:sei|sono|siete) un robot|(?:что вы|вы) (?:не робот|человек)|подтвердите,? что|u (?:geen robot|een mens) bent",
        r"(?:请|請)?(?:先|您)?(?:完成|通过|通過|进行|進行|输入|輸入|拖动|拖動|点击|點擊|按住|向右)[^.!?\n\"]{0,14}(?:安全验证|安全驗證|验证码|驗證碼|滑块|滑塊|人机验证|人機驗證|验证|驗證|拼图|图形)|"
        r"(?:访问|訪問|请求|操作|存取)(?:过于|過於|太过|太)?(?:频繁|頻繁)|(?:检测|偵測|检查|檢測)到(?:您|你)?[^.!?\n\"]{0,14}(?:异常|異常|可疑|攻击|机器)|"
        r"(?:您|你)的(?:访问|訪問|请求|ip|网络|存取|操作)[^.!?\n\"]{0,14}(?:被|已|异常|異常|存在|过|受)|(?:确认|確認|证明|證明|验证|驗證)(?:您|你)?(?:是|不是)[^.!?\n\"]{0,4}(?:真人|人类|人類|机器人|機器人|人)|"
        r"(?:正在|进行)(?:检查|檢查|检测|验证|驗證)(?:您|你)?的?(?:浏览器|瀏覽器|访问|安全|连接)|(?:创宇盾|加速乐|安全狗|云锁|宝塔(?:网站)?防火墙|云盾|waf)|(?:您|你)(?:没有|沒有|無)?(?:权限|權限)(?:访问|訪問|查看)",
        r"(?:ロボット|ボット)で(?:は)?(?:ない|ありません)|人間であること|通常と異なるトラフィック|不正なアクセス|画像認証|انك (?:لست روبوت|انسان)|لست برنامج روبوت|로봇이 아닙니다|사람인지 확인",
    ),
)

REGION = Phrases(
    whole=(
        r"(?:geo|region)[- ]?(?:blocked|restricted|locked)|(?:地区|地區|区域|區域)限制",
        r"(?:content |video |page |site |service )?(?:not available|unavailable|blocked|restricted) in (?:your|this|the) .{2,30}",
    ),
    said=(
        rf"(?:not|n't|un|no longer )\s?(?:yet )?(?:available|accessible|offered|allowed|permitted|view){_NEAR}{{0,50}}(?:your|this|the|some|certain) (?:\w+ )?(?:country|countries|region|location|area|territory|territories|state|european (?:union|economic area))",
        rf"(?:not|n't|never)\b{_NEAR}{{0,40}}\bavailable (?:in|to|for|from) (?:your|this) (?:\w+ )?(?:country|region|location|area|territory)",
        rf"(?:your|this|the) (?:country|region|location|territory|area|jurisdiction)\b{_NEAR}{{0,40}}(?:blocked|not (?:be )?(?:available|allowed|supported|access)|restricted|unavailable|prohibited)",
        rf"(?:block|restrict|limit|deny|denied|prohibit|not (?:available|accessible)|unavailable|cannot (?:grant|provide)|unable to|only|forbidden|not allow)\w*{_NEAR}{{0,60}}(?:visitors?|users?|readers?|access|traffic|requests?|connections?|customers?|people|viewers?|ip addresses) (?:\w+ ){{0,3}}(?:from|in|within|outside|based|of|located) ",
        rf"(?:european economic area|\beea\b|\bgdpr\b|general data protection regulation){_NEAR}{{0,120}}(?:access|unavailable|not available|cannot|block|restrict|unable)|(?:access|unavailable|not available|cannot|block|restrict|unable){_NEAR}{{0,120}}(?:european economic area|\beea\b|\bgdpr\b|general data protection)",
        rf"\byou(?:'re| are| seem| appear)\b{_NEAR}{{0,80}}\b(?:from|in|within|inside)\b{_NEAR}{{0,40}}(?:european (?:economic area|union)|\beea\b)",
        r"(?:due to|because of|for) (?:\w+ )?(?:geographic\w*|regional|geo|territorial|licensing|rights) (?:\w+ )?(?:restrictions?|reasons?|limitations?)|geo-?(?:blocked|restricted|restrictions?|blocking)|from your (?:country|region|location)|outside (?:of )?the (?:us|u\.s|uk|united|eu)\w*",
        r"in (?:ihrem|deinem|diesem) (?:land|region)|in (?:ihrer|deiner|dieser) region|dans (?:votre|ton) (?:pays|region|zone)|depuis votre pays|en (?:su|tu) (?:pais|region|ubicacion|zona)|(?:no|em) seu pais|(?:na|em) sua regiao|(?:nel|dal) (?:tuo|suo|vostro) paese|nella (?:tua|sua) regione|"
        r"в (?:вашеи|твоеи) (?:стране|регионе)|в вашем регионе|из вашеи страны|из вашего региона|in (?:uw|jouw|je) (?:land|regio)|في (?:بلدك|منطقتك|بلادك)|من بلدك",
        r"(?:您|你)?所?(?:在|处)的?(?:国家|國家|地区|地區|区域|區域)[^.!?\n\"]{0,14}(?:无法|無法|不|限制|未|禁止|暂)|(?:不|无法|無法|未|禁止|暂不|限制)[^.!?\n\"]{0,10}(?:您|你)?(?:所在)?的?(?:国家|國家|地区|地區|区域|區域)|"
        r"(?:仅限|僅限|只限|仅对|只对|不对|不對|仅供|不支持|仅支持)[^.!?\n\"]{0,10}(?:地区|地區|大陆|大陸|境内|海外|国内|國內|境外|ip)|(?:版权|版權|地域|地区|地區|区域)(?:原因|限制)|海外(?:用户|地区)",
        r"お(?:住まい|客様|使い)の(?:国|地域)|(?:日本)?国外から(?:の|は)|(?:お客様の|この)(?:国|地域)で(?:は)?[^.!?\n]{0,12}(?:利用|視聴|表示|閲覧)|地域制限|거주하시는 국가|해당 (?:국가|지역)",
    ),
)

LEGAL = Phrases(
    whole=(
        r"(?:this )?(?:page |content |site |website )?(?:is )?(?:not available|unavailable|blocked|withheld|restricted) (?:for|due to|because of|on) legal (?:reasons|grounds|restrictions)|"
        r"aus (?:rechtlichen grunden|rechtsgrunden) nicht (?:verfugbar|abrufbar)|indisponible pour (?:des )?raisons (?:legales|juridiques)|no disponible por (?:motivos|razones) legales|"
        r"indisponivel por (?:motivos|razoes) legais|non disponibile per (?:motivi|ragioni) legali|недоступн\w+ по (?:юридическим причинам|решению суда)|因法律(?:原因|问题|問題)(?:无法|無法|不可|不能)(?:访问|訪問|显示|顯示|查看|使用)",
    ),
    said=(
        rf"(?:blocked|withheld|restricted|unavailable|not available){_NEAR}{{0,60}}(?:court order|order of (?:the|a) \w* ?court|in response to a (?:valid )?legal (?:demand|request|process))|"
        r"(?:http )?(?:error )?451\b[ :-]*unavailable (?:for|due to) legal reasons|доступ (?:к \w+ )?(?:ограничен|заблокирован) (?:по решению|на основании|в соответствии)|запрещен\w* на территории российскои федерации",
    ),
)

LOGIN = Phrases(
    whole=(
        r"(?:please |you must |you need to |to continue,? )?(?:log[ -]?in|sign[ -]?in|log[ -]?on|login page|member login|user login|account login|sign in or (?:register|sign up|create an account)|log ?in or (?:register|sign ?up))"
        r"(?: required| to (?:continue|your account|view|read|access|proceed|see)\b.{0,40}| here| first| with .{0,30}| page)?",
        r"welcome back|(?:authentication|authorization|login|registration|sign-in) (?:required|needed)|members?(?: area| only)?|subscribers? only|single sign[ -]on|customer login|"
        r"anmelden|anmeldung|einloggen|bitte (?:melden sie sich an|anmelden|einloggen)|se connecter|connexion|identifiez-vous|connectez-vous|identification|iniciar sesion|inicia(?:r|e)? sesion|acceder|"
        r"ingresar|entrar|iniciar sessao|fazer login|login|accedi|accesso|effettua il login|вход(?: (?:на|в) .{0,20})?|войти|войдите|авторизация|ログイン(?:ページ|画面|してください)?|会員ログイン|サインイン|"
        r"(?:用户|用戶|会员|會員|账号|账户|帐号|密码|请先?|請先?|立即|扫码|微信|统一身份认证|統一身份認證|手机)?(?:登录|登錄|登陆|登入)(?:页面?|页|界面|系统|注册|/注册|账号|后查看)?|统一身份认证|统一认证|"
        r"تسجيل الدخول|دخول|inloggen|aanmelden|로그인|zaloguj sie|giris yap|logga in|log ind|logg inn|kirjaudu",
    ),
    said=(
        rf"(?:you (?:must|need to|have to|should)|please|to (?:continue|view|read|access|see)[^.!?]{{0,30}}(?:please )?) ?(?:be )?(?:first )?(?:log(?:ged)? ?in|sign(?:ed)? ?in|log ?on|login|authenticate|register){_NEAR}{{0,40}}",
        r"(?:请|請|需要|需|必须|必須)(?:您|你)?(?:先|要)?(?:登录|登錄|登陆|登入)|(?:登录|登錄|登入)(?:后|後|以后)(?:才|即可|可|方)?(?:查看|阅读|访问|浏览|继续|閱讀|觀看)|您(?:还|尚)?(?:未|没有)登录|"
        r"melden sie sich (?:bitte )?an|bitte loggen sie|(?:veuillez|vous devez) (?:vous )?(?:connecter|identifier)|(?:debe|debes|tienes que) iniciar sesion|inicia sesion para|faca login para|(?:devi|effettua) (?:l'accesso|il login|accedere)|необходимо (?:войти|авториз)|"
        r"(?:ログイン)(?:が必要|して(?:ください|から))|يجب (?:عليك )?تسجيل الدخول|(?:log|logt) in om",
    ),
)

COOKIES = Phrases(
    whole=(
        r"(?:your privacy|cookies?|your data|privacy|consent|cookie (?:policy|settings|notice|wall|consent|preferences)|datenschutz|einwilligung|vos cookies|before you continue)(?: (?:settings|choices?|matters?|options|and .{2,20}))?",
    ),
    said=(
        rf"(?:accept|agree|consent|allow|reject|manage|decline)\w* (?:to |all |the |our |your |use of |optional )*(?:cookies?|tracking|terms and cookies)|(?:we|partners|site|website) (?:\w+ ){{0,6}}(?:use|uses|using|store|set) (?:\w+ ){{0,3}}cookies|before you continue to|we (?:value|care about|respect) your privacy|"
        rf"(?:enable|allow|accept) cookies|cookies? (?:are|is) (?:disabled|required|needed|blocked)|consent{_NEAR}{{0,60}}(?:personal data|cookies|partners|advertis)|cookies? (?:akzeptieren|zustimmen|zulassen)|alle akzeptieren|accepter (?:les|tous les)? ?cookies|tout accepter|aceptar (?:las |todas las )?cookies|aceitar (?:os )?cookies|accetta(?:re)? (?:i |tutti i )?cookie|"
        r"принять (?:все )?cookie|использует (?:фаилы )?cookie|(?:接受|同意|使用|允许|允許)(?:所有|全部|我们的)?的? ?cookie|cookie(?:を)?(?:使用|同意|有効)|cookies? accepteren|قبول ملفات تعريف",
    ),
)

REGISTER = Phrases(
    whole=(
        r"(?:this|the) (?:blog|site|page|group|forum|journal) is (?:only )?open to (?:invited|registered) (?:readers|members|users)(?: only)?|(?:for )?(?:invited|registered) (?:readers|members|users) only|by invitation only",
        r"(?:please )?(?:register|sign up|sign in|log in|create (?:a|your) (?:free )?account)(?: now| here)?(?: for free)? to (?:continue|keep|read|view|unlock|see|access)\b.{0,40}|registration required",
    ),
    said=(
        r"\b(?:register|sign up|sign in|log in|create (?:a|your) (?:free )?account)(?: for free| now)? to (?:continue|keep|read|unlock)\b|(?:registrieren|melden) sie sich[^.!?\n]{0,30}(?:weiter|lesen)|"
        r"(?:inscrivez|connectez)-vous pour (?:lire|continuer)|registrate para (?:seguir|continuar|leer)|注册[^.!?\n]{0,6}(?:后|即可)?(?:继续)?阅读",
    ),
)

SUBSCRIBE = Phrases(
    whole=(
        r"subscribe(?: now| today)?(?: to (?:read|continue|unlock|keep|view|access|get)\b.{0,40})?|subscribers? only|subscription required|(?:for|exclusive to) subscribers(?: only)?|become a (?:subscriber|member)",
    ),
    said=(
        r"\bsubscribe(?: now| today)? to (?:continue|keep|read|unlock|view|access)\b|(?:available|reserved|exclusive|only)(?: \w+)?(?: to| for) (?:our )?(?:paid |paying |digital )?(?:subscribers|members)\b|"
        r"already (?:a subscriber|subscribed|have a subscription)\b|(?:subscribers|members) only|(?:abonnieren|jetzt abo)[^.!?\n]{0,30}(?:weiter|lesen)|reserve aux abonnes|abonnez-vous pour (?:lire|continuer)|"
        r"(?:exclusivo|solo|contenido) para suscriptores|suscribete para|riservato agli abbonati|付费(?:内容|阅读)|订阅(?:后|以)(?:继续)?阅读|会員限定|有料会員|"
        r"(?:доступ\w*|открыт\w*)[^.!?\n]{0,20}(?:только )?(?:для )?подписчик|оформите подписку|للمشتركين فقط|اشترك (?:الان )?لمتابعه|exklusiv fur abonnenten|nur fur abonnenten|"
        r"(?:last|final|\d+|no(?: more)?) free (?:article|story|stories|articles)\b[^.!?\n]{0,30}|reserves? aux abonne|solo per (?:gli )?abbonati|alleen voor abonnees",
    ),
)

GATE = Phrases(
    whole=(
        r"javascript (?:is )?(?:not available|disabled|required|turned off|not enabled|needed)|(?:please )?(?:enable|turn on|activate) (?:javascript|js)|"
        r"(?:unsupported|outdated|old|incompatible) browser|(?:your |this )?browser (?:is )?(?:not supported|unsupported|out of date|outdated|too old)|(?:please )?(?:upgrade|update) your browser|"
        r"ad ?-?block(?:er)?(?: (?:is )?(?:detected|enabled|active|on))?|(?:please )?(?:disable|turn off|switch off|pause) (?:your )?ad ?-?block(?:er|ing)?s?(?: software)?|"
        r"age (?:check|verification|gate|confirmation|restricted|restriction)|are you (?:over|at least|older than|above) \d\d\b.{0,20}|adults only|(?:mature|adult) content(?: warning)?|altersprufung|verification de l'age|年龄(?:验证|确认)|年齢確認|"
        r"(?:your |the )?(?:session|login) (?:has |is )?(?:expired|timed out)|session time-?out|sitzung abgelaufen|session expiree|会话已过期|登录(?:已)?超时",
    ),
    said=(
        r"\bjavascript is (?:not available|disabled|required|turned off)|\b(?:enable|turn on|activate) javascript (?:to|in|and|or|before|for)\b|need to enable javascript|javascript (?:aktivieren|einschalten)|activer javascript|activar javascript|(?:请|請)?(?:启用|啟用|开启|打开) ?javascript|"
        r"\bbrowser (?:is|version is) (?:not supported|no longer supported|unsupported|out of date|outdated)|(?:upgrade|switch) to a (?:modern|supported|newer) browser|"
        r"\b(?:disable|turn off|switch off|pause) your ad ?-?block|you must be (?:at least |over )?\d\d(?: years)? (?:old|of age|or older|to (?:enter|view))|(?:confirm|verify) (?:your age|that you are (?:over|at least))|"
        r"your (?:session|login) (?:has |is )?(?:expired|timed out)|"
        r"(?:\bnot|n't) available (?:right now|at the moment|at this time|today|for the moment|just now)\b|\bowner only shared it with|(?:come|check) back (?:tomorrow|later|soon|in a (?:few|couple))\b|\b(?:staff|newsroom|journalists) (?:is|are) on strike",
    ),
)

MAINTENANCE = Phrases(
    whole=(
        r"(?:(?:http |error |status )*50[0-4][ :-]*)?(?:(?:internal )?server error|service (?:temporarily )?unavailable|bad gateway|gateway time-?out)|service (?:temporarily )?unavailable|(?:temporarily |site |currently )?(?:down|offline|unavailable|closed|under|scheduled|website|system)(?: for)?(?: scheduled| planned| routine)? maintenance|maintenance(?: mode| work| in progress)?|bad gateway|gateway time-?out|"
        r"(?:database|application|system|fatal|runtime) error|error establishing a database connection|temporarily unavailable|(?:we'll|we will) be (?:right )?back(?: soon| shortly)?|be right back|technical (?:difficulties|problems?|error)|something went wrong|(?:an )?(?:unexpected |unknown )?error (?:has )?occurred|"
        r"wartungsarbeiten|wartung(?:smodus)?|en maintenance|maintenance en cours|en mantenimiento|em manutencao|in manutenzione|manutenzione|технические работы|на обслуживании|онлаин скоро|ведутся технические работы|onderhoud|メンテナンス(?:中|のお知らせ)?|ただいまメンテナンス中です|"
        r"(?:系统|网站|系統|網站|服务器|站点|升级)?(?:正在)?(?:升级)?(?:维护|維護)(?:中|升级中)?|(?:服务器|系统|伺服器|系統|数据库|網站)(?:内部)?(?:错误|錯誤|繁忙|忙碌|异常|異常|出错|开小差了?|崩溃了?)|服务(?:暂时)?不可用|网关(?:错误|超时)|تحت الصيانه|الموقع قيد الصيانه|점검 중",
    ),
    said=(
        rf"(?:down|offline|closed|unavailable|undergoing|performing|under|scheduled|carrying out|for) (?:\w+ ){{0,4}}maintenance|(?:we'll|we will|we should) be (?:right )?back (?:soon|shortly|online|later|in|up)|temporarily (?:unavailable|down|offline|out of service|closed)|try again (?:later|soon|in (?:a|some|\d+)|shortly)|come back (?:later|soon|in a)|"
        rf"(?:currently|at the moment|right now|at this time){_NEAR}{{0,20}}(?:unavailable|not available|down|offline)|(?:unavailable|not available|down|offline){_NEAR}{{0,10}}(?:at the moment|right now|at this time|at present|currently)|server (?:is )?(?:too busy|overloaded|under heavy load)|experiencing (?:\w+ )?(?:technical|difficult|problem|high)|"
        r"error establishing a (?:database|redis) connection|could not connect to (?:the )?(?:database|mysql)|too many connections|exceeded (?:the )?(?:bandwidth|resource)|bandwidth limit|"
        r"spater (?:noch ?einmal|erneut|wieder)|vorubergehend (?:nicht|geschlossen)|momentan nicht|wartungsarbeiten|temporairement indisponible|reessayer plus tard|ulterieurement|temporalmente (?:no|fuera)|mas tarde|vuelva a intentarlo|temporariamente|mais tarde|temporaneamente|piu tardi|riprova|временно (?:недоступ|не)|попробуите позже|технические работы|tijdelijk niet|later opnieuw|"
        r"(?:稍后|稍後|稍候|晚些)(?:再|重新|重)?(?:试|試|访问|訪問|重试|刷新|来|來)|(?:系统|网站|系統|網站|服务器|本站)[^.!?\n\"]{0,8}(?:维护|維護|升级|升級|繁忙|忙碌)|(?:暂时|暫時)(?:无法|無法|不可|不能|关闭|關閉|停止)|数据库连接(?:错误|失败)|しばらく(?:して|経って|たって|時間)|メンテナンス(?:中|作業|の)|一時的に|حاول مره اخري|لاحقا|موقتا|잠시 후",
    ),
)

CRASHED = Phrases(
    said=(
        r"\b(?:warning|fatal error|parse error)\b ?: [^\n]{0,200}\bon line \d+",
        r"\bmysqli?_\w{3,20}\(\)|\bsqlstate\[|\bora-\d{5}|traceback \(most recent call last\)|\bunhandled exception\b",
    ),
)

# --- what the pages' code gives away (of the raw page, in lower case) ---

CHALLENGE_CODE = {
    "anubis": re.compile(r"<script[^>]{0,60}\bid=[\"']?anubis_(?:challenge|version)"),
    "siteground": re.compile(r"/\.well-known/sgcaptcha/|\bconst sgchallenge"),
    "cloudflare": re.compile(r"_cf_chl_opt|cf-chl-|cf_chl_|/cdn-cgi/challenge-platform/h/[a-z]/orchestrate|cf-browser-verification|jschl[-_]answer"),
    "turnstile": re.compile(r"challenges\.cloudflare\.com/turnstile"),
    "imperva": re.compile(r"_incapsula_resource|/_incapsula_|incapsula incident"),
    "datadome": re.compile(r"captcha-delivery\.com|geo\.captcha-delivery"),
    "perimeterx": re.compile(r"px-captcha|_pxappid|/captcha/captcha\.js\?a=c"),
    "aws_waf": re.compile(r"awswafcookiedomainlist|\.awswaf\.com|gokuprops"),
    "aliyun": re.compile(r"acw_sc__v2|aliyun_waf|renderdata.{0,40}_waf_|/_____tmd_____/"),
    "akamai": re.compile(r"errors\.edgesuite\.net|/_sec/cp_challenge/"),
    "sucuri": re.compile(r"sucuri_cloudproxy_js|sucuri website firewall"),
    "ddos_guard": re.compile(r"/\.well-known/ddos-guard/|ddos-guard\.net/challenge"),
    "captcha": re.compile(r"google\.com/recaptcha/api|recaptcha\.net/recaptcha/|hcaptcha\.com/1/api|static\.geetest\.com|turing\.captcha\.qcloud\.com|cstaticdun\.126\.net|friendlycaptcha|smartcaptcha\.yandex"),
    "vendor_script": re.compile(r"\$_ts=window|/ruishu|probe\.js\?v=|__jsl_clearance|__jsluid"),
}  # fmt: skip

CHALLENGE_ADDRESS = re.compile(
    r"/\.well-known/(?:sgcaptcha|ddos-guard|captcha)|/\.within\.website/|/cdn-cgi/(?:challenge|l/chk)|/sorry/index|"
    r"/(?:_sec/cp_challenge|re?captcha|robot-?check|bot-?check|antibot|validatecaptcha|human-?verification)(?:[/.?#]|$)|"
    r"//(?:captcha|geo\.captcha-delivery)\.",
    re.IGNORECASE,
)
LOGIN_ADDRESS = re.compile(
    r"/(?:log-?in|sign-?in|log_in|sign_in|log-?on|auth|authenticate|authenticat(?:e|ion)|sso|saml2?|oauth2?|cas|idp|passport|wp-login\.php|"
    r"sessions?/new|denglu|anmelden|anmeldung|connexion|iniciar-sesion|inloggen|accounts?/(?:log-?in|sign-?in|login_?\w*)|users?/(?:log-?in|sign_?-?in)|"
    r"member(?:s)?/login|(?:user|member|my|sso|oauth)?_?-?login(?:_?-?(?:form|page|user))?|register|registration|signup)"
    r"(?:\.[a-z]{2,5})?(?:[/?#]|$)|//(?:login|signin|sso|auth|accounts?|passport|idp|cas|oauth|authserver)\d?\.",
    re.IGNORECASE,
)
OFFER_ADDRESS = re.compile(
    r"/(?:subscri(?:be|ptions?|ption-?offers?)|abo(?:s|nnements?|nnieren|nnez-vous|nnes)?|abonneren|suscri(?:bete|pcion(?:es)?)|assin(?:e|aturas?)|"
    r"abbonamenti|paywall|pay-?wall|membership|podpiska|subs-?offers?|checkout/offer|reg-?wall)(?:[-_]\w+)*(?:\.[a-z]{2,5})?(?:[/?#]|$)|"
    r"//(?:subscri(?:be|ptions?)|abo|abonnement|suscripcion)\.",
    re.IGNORECASE,
)
CONSENT_ADDRESS = re.compile(
    r"//(?:consent|cmp|privacy|guce|cookies?|gdpr)\.|/(?:cookie[-_]?(?:wall|consent|policy|check|test|notice|absent)\w*|cookies?|consent|privacy[-_]?(?:wall|gate|consent|choices)|gdpr(?:[-_]\w+)?|"
    r"setcookie|cookieabsent|cookie_?check|consentwall|tcf|privacywall)(?:\.[a-z]{2,5})?(?:[/?#]|$)",
    re.IGNORECASE,
)
RETURN_PARAMETER = re.compile(
    r"[?&](?:next|return\w*|redirect\w*|back(?:url|_url|to)?|continue|dest(?:ination)?|goto|go|from|ref(?:erer|errer)?|r|url|u|uri|target|service|origin\w*|callback|success_url|wreply|relaystate|to)=",
    re.IGNORECASE,
)
