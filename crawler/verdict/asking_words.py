"""Words by which a page may be asking something of its visitor, or may let him in another time (pure data).

Who stands before a page asks: to wait, to prove, to log in, to pay, to allow, to come from elsewhere, to come again. What
stands in place of a page that is gone asks nothing. These are single words, many more than any gate's phrases
(crawler.verdict.guard_words), for a word too many only leaves a link unsure. Patterns of folded text.
"""

# ruff: noqa: E501 - tables

from __future__ import annotations

import re

ASKS = re.compile(
    # English
    r"verif|confirm|\bprove\b|robot|\bbots?\b|human|captcha|puzzle|browser|javascript|cookie|\blog(?:ged)?[ -]?(?:in|on)\b|\bsign(?:ed)?[ -]?(?:in|up)\b|regist|\baccounts?\b|password|"
    r"subscri|\bmembers?(?:hip)?\b|invit|continue|proceed|\bwait|\bmoment|\bseconds?\b|\bminutes?\b|automat|unusual|suspicious|secur|protect|block|\bden(?:y|ied)|\baccess|permission|permit|restrict|forbid|limit|"
    r"\bregion|countr|\bterritor|\blocation|\bvpn\b|\bproxy|\bnetwork|\bip\b|\btoo many|traffic|\bbusy|overload|try(?:ing)? (?:\w+ )?again|again (?:later|in|soon)|\blater\b|\bsoon\b|shortly|\buntil\b|maint[ae]n|temporar|technical|upgrad|migrat|construction|"
    r"\bage\b|adult|\b1[68]\+?\b|consent|accept|\bagree|allow|\bapp\b|install|enable|disable|ad-?block|press (?:and|&)|\bhold\b|\bclick|\btap\b|button|slide|\bcode\b|load(?:ing|ed)\b|redirect|check(?:ing|ed)\b|"
    r"\bpay(?:ing)? (?:to|for)\b|\btrial\b|\bfree articles?\b|challenge|firewall|denial|attack|\bswitch|\bselect|\bchoose|\bedition|\btyp(?:e|ing) the|"
    # German, Dutch, Scandinavian
    r"mensch|sicherheit|bestatig|uberpruf|\bprufung|\bprufen|anmeld|einlogg|\bkonto|passwort|abonn|mitglied|weiterles|fortfahr|warten|gedul[dt]|\baugenblick|sekunde|minute|gesperrt|zugriff|zugang|verweiger|erlaub|beschrank|"
    r"\bland\b|region|standort|spater|erneut|bald|wartung|voruber?gehend|zurzeit|derzeit|momentan|technisch|zustimm|einwillig|akzept|aktivier|deaktivier|klick|taste|werbeblock|bezahl|\balter\b|"
    r"beveilig|controle|inlog|aanmeld|wachtwoord|\blid\b|doorgaan|ogenblik|geblokkeerd|toegang|onderhoud|tijdelijk|\bstraks|toestemm|leeftijd|sakerhet|sikkerhed|sikkerhet|logga|\blogg? ?in|vanta|\bvent|tilgang|tilladelse|underh[ao]l|vedlikehold|senare|senere|snart|samtyck|samtykke|bekraft|bekreft|bekr.ft|"
    # Romance
    r"humain|humano|umano|umana|securit|seguran|segurid|sicurezz|verific|comprob|comprov|valid|identifi|connect|connexion|conexion|conectat|iniciar sesion|entrar|acced[ei]|acess|mot de passe|contrasena|senha|password|inscri|inscrev|regist|cadastr|iscri|"
    r"abonn|suscri|assin|abbona|membre|miembro|membro|socio|continu|prosegu|poursuiv|seguir (?:ley|lendo)|patient|attend|aguard|esper[ae]|attes[ae]|un (?:instant|momento)|um momento|attimo|second[eoi]|segundo|minut|bloqu|blocc|refus|deneg|negad|negat|interdi|prohib|proib|vietat|autoris|autoriz|autorizz|permis|permess|restri|"
    r"\bpays\b|\bpais\b|paese|regi(?:on|ao)|territo|ubicacion|localiz|plus tard|mas tarde|mais tarde|piu tardi|nouveau|de nuevo|novamente|riprov|bientot|pronto|em breve|presto|maint|mantenim|manuten|temporair|temporal|temporan|temporar|momentan|techni|tecnic|naviga(?:t|d)|javascript|cooki|consent|accept|acept|aceit|accett|activ|attiv|desactiv|disattiv|cliqu|clic|bouton|boton|botao|pulsant|"
    r"\bpag(?:o|ar|amento|amiento)\b|paie|payer|anni\b|anos\b|majeur|automat|trafic|traffic|trafego|suspei|sospe|inusual|inhabit|incomum|insolit|proteg|protec|protez|"
    # Slavic, Turkish, Greek, Hungarian, Romanian, Vietnamese, Indonesian
    r"робот|человек|проверк|провер|подтверд|безопасн|браузер|куки|воит[ие]|вход|авториз|регистр|зарегистр|аккаунт|парол|подписк|подпис|продолж|подожд|ожида|секунд|минут|заблокир|блокиров|запрещ|доступ|огранич|регион|стран[еыу]\b|позже|позднее|скоро|повтор|снова|обслужив|технич|временн|согла[сш]|включит|отключит|нажм|кнопк|оплат|возраст|автоматич|подозрит|трафик|людин|перевір|зачека|увійти|пізніше|тимчасов|"
    r"czlowiek|weryfik|potwierd|bezpiecz|przegladark|zalog|logow|konto|haslo|subskry|prenumer|kontynu|czeka|chwil|sekund|blokad|zablok|dostep|ogranicz|region|kraju|pozniej|wkrotce|ponow|konserwac|tymczasow|techniczn|zgod|wlacz|wylacz|klikn|przycisk|platn|clovek|overen|prihlas|pristup|pozdej|udrzb|docasn|"
    r"insan|dogrula|guvenlik|tarayici|tarayıcı|giris|uye|kayit|kayıt|hesap|sifre|abone|devam|bekley|lutfen|dakika|saniye|engel|erisim|izin|bolge|ulke|daha sonra|yakinda|yakında|tekrar|bakim|bakım|gecici|teknik|onay|kabul|etkinles|tikla|tıkla|butona|kutu|odeme|otomatik|supheli|"
    r"ανθρωπ|ασφαλει|επαληθ|επιβεβαι|συνδεσ|συνδρομ|συνεχ|περιμεν|αποκλεισ|προσβασ|περιοχ|αργοτερα|συντηρησ|προσωριν|robot|biztonsag|ellenorz|bejelentk|elofizet|folytat|varjon|hozzaferes|kesobb|karbantart|siguranta|autentific|abonare|asteptati|intretinere|"
    r"xac (?:minh|nhan|thuc)|dang nhap|dang ky|vui long|cho (?:trong|doi)|truy cap|bao tri|tam thoi|thu lai|verifikasi|keamanan|masuk|daftar|langganan|lanjut|tunggu|mohon|silakan|akses|diblokir|nanti|pemeliharaan|sementara|"
    # Chinese, Japanese, Korean
    r"验证|驗證|校验|安全|检测|檢測|偵測|检查|檢查|确认|確認|机器|機器|真人|人机|登录|登錄|登入|登陆|登陸|注册|註冊|账号|账户|帐号|帳號|帳戶|密码|密碼|会员|會員|订阅|訂閱|付费|付費|购买|購買|继续|繼續|请稍|請稍|稍候|稍等|稍后|稍後|等待|秒|分钟|分鐘|频繁|頻繁|异常|異常|可疑|攻击|攻擊|拦截|攔截|防火墙|防火牆|权限|權限|授权|授權|受限|限制|禁止|拒绝|拒絕|地区|地區|区域|區域|国家|國家|所在地|流量|繁忙|忙碌|维护|維護|升级|升級|调整中|暂时|暫時|临时|臨時|浏览器|瀏覽器|脚本|开启|開啟|启用|啟用|关闭广告|广告拦截|点击|點擊|點選|按钮|按鈕|拖动|滑动|扫码|掃碼|二维码|客户端|下载|下載|app|同意|年满|未满|成年|正在(?:加载|跳转|打开)|加载中|載入|"
    r"認証|ロボット|人間|セキュリティ|ブラウザ|クッキー|ログイン|サインイン|登録|会員|購読|有料|パスワード|続け|続き|進む|お待ち|待ち|しばらく|数秒|アクセス|制限|拒否|許可|地域|国から|お住まい|のちほど|後ほど|再度|もう一度|メンテナンス|一時|混雑|集中|クリック|ボタン|タップ|入力|有効に|無効に|同意|年齢|歳以上|アプリ|ダウンロード|自動|不正|準備中|近日|"
    r"로봇|사람|보안|인증|확인|브라우저|쿠키|로그인|회원|가입|구독|결제|유료|비밀번호|계속|잠시|기다|초 후|차단|접근|접속|제한|권한|지역|국가|나중|다시|점검|일시|클릭|버튼|입력|동의|연령|세 이상|앱|다운로드|자동|비정상|준비 중|"
    # Arabic, Persian, Hebrew, Hindi, Thai
    r"تحقق|التحقق|امان|الامان|امني|روبوت|انسان|بشر|متصفح|مرورگر|تسجيل|دخول|ورود|اشتراك|مشترك|عضو|حساب|كلمه (?:المرور|السر)|رمز|متابعه|للمتابعه|استمرار|ادامه|انتظر|الانتظار|لحظه|صبر|ثوان|دقيقه|محظور|حظر|مسدود|ممنوع|صلاحيه|اذن|وصول|دسترسي|منطقت|منطقه|بلد|كشور|لاحقا|بعدا|قريبا|مجددا|مره اخري|دوباره|صيانه|موقت|تعمير|تقني|موافق|قبول|تفعيل|تعطيل|اضغط|انقر|كليك|زر|دفع|پرداخت|تلقائي|مشبوه|"
    r"אדם|רובוט|אבטחה|אימות|דפדפן|התחבר|כניסה|הרשמ|מנוי|המשך|המתן|חסום|גישה|מאוחר|תחזוקה|זמני|אישור|"
    r"रोबोट|इंसान|मानव|सुरक्षा|सत्याप|पुष्टि|जांच|जाँच|ब्राउज|ब्राउज़|लॉग|साइन|पंजीक|सदस्य|खाता|पासवर्ड|सब्सक्राइब|जारी रख|प्रतीक्षा|इंतज|क्षण|सेकंड|अवरुद्ध|पहुंच|पहुँच|अनुमति|क्षेत्र|बाद में|फिर से|रखरखाव|अस्थायी|क्लिक|बटन|बॉक्स|स्वीकार|"
    r"ยืนยัน|ตรวจสอบ|ความปลอดภัย|เบราว์เซอร์|เข้าสู่ระบบ|สมัคร|สมาชิก|รหัสผ่าน|ดำเนินการต่อ|กรุณารอ|โปรดรอ|สักครู่|ถูกบล็อก|การเข้าถึง|ภูมิภาค|ประเทศ|ภายหลัง|อีกครั้ง|ปิดปรับปรุง|ชั่วคราว|คลิก|ยอมรับ"
)

# What a site puts under each of its pages, where it is no footer by its markup.
IMPRINT = re.compile(
    r"copyright|©|\(c\) ?(?:19|20)\d\d|rights reserved|alle rechte|impressum|tous droits|mentions legales|derechos reservados|aviso legal|riservat|note legali|direitos reservados|"
    r"rechten voorbehouden|prawa zastrzez|все права|haklari saklidir|hakları saklıdır|版权所有|版權所有|备案|icp|転載|著作権|무단 ?전재|حقوق|सर्वाधिकार|bản quyền|hak cipta"
)
