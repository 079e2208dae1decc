"""The words of a paper's interface, by language: what stands on every page and says nothing of any (pure)."""

# ruff: noqa: E501  -- pages are written as they are met

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What is written on the furniture."""

    sections: tuple[str, ...]
    search: str
    most_read: str
    latest: str
    related: str
    newsletter: str
    subscribe: str
    login: str
    register: str
    archive: str
    cookies: str
    rights: str
    legal: str


WORDS = {
    "en": Words(
        sections=("Home", "World", "Politics", "Business", "Sport", "Culture", "Science", "Travel", "Video", "Jobs"),
        search="Search", most_read="Most read", latest="Latest news", related="More on this story",
        newsletter="Get the morning briefing in your inbox", subscribe="Sign up", login="Log in", register="Register",
        archive="Archives", cookies="We and our 842 partners store and access information on your device.",
        rights="All rights reserved.", legal="Contact us | Terms of use | Privacy policy | Corrections | Advertise",
    ),
    "zh": Words(
        sections=("首页", "国内", "国际", "社会", "财经", "体育", "娱乐", "科技", "汽车", "房产", "视频", "图片"),
        search="搜索", most_read="热点排行", latest="滚动新闻", related="相关阅读", newsletter="扫描二维码关注官方微信",
        subscribe="订阅", login="登录", register="注册", archive="往期", cookies="本网站使用 Cookie 以改善体验。",
        rights="版权所有 未经授权 禁止转载", legal="关于我们 | 联系我们 | 广告服务 | 法律声明 | 网站地图 | 京ICP备00000000号",
    ),
    "de": Words(
        sections=("Startseite", "Politik", "Wirtschaft", "Sport", "Kultur", "Wissen", "Lokales", "Meinung"),
        search="Suche", most_read="Meistgelesen", latest="Aktuelles", related="Mehr zum Thema",
        newsletter="Unser Newsletter am Morgen", subscribe="Abonnieren", login="Anmelden", register="Registrieren",
        archive="Archiv", cookies="Wir verwenden Cookies und ähnliche Techniken.", rights="Alle Rechte vorbehalten.",
        legal="Impressum | Datenschutz | AGB | Kontakt | Mediadaten",
    ),
    "fr": Words(
        sections=("Accueil", "Politique", "Monde", "Économie", "Sports", "Culture", "Sciences", "Opinions"),
        search="Rechercher", most_read="Les plus lus", latest="En continu", related="Sur le même sujet",
        newsletter="Recevez notre lettre du matin", subscribe="S'abonner", login="Se connecter", register="Créer un compte",
        archive="Archives", cookies="Nous utilisons des cookies.", rights="Tous droits réservés.",
        legal="Mentions légales | Données personnelles | Contact | Publicité",
    ),
    "es": Words(
        sections=("Portada", "España", "Internacional", "Economía", "Deportes", "Cultura", "Opinión"),
        search="Buscar", most_read="Lo más leído", latest="Última hora", related="Noticias relacionadas",
        newsletter="Reciba nuestro boletín", subscribe="Suscribirse", login="Iniciar sesión", register="Regístrese",
        archive="Hemeroteca", cookies="Utilizamos cookies propias y de terceros.", rights="Todos los derechos reservados.",
        legal="Aviso legal | Privacidad | Contacto | Publicidad",
    ),
    "ru": Words(
        sections=("Главная", "Политика", "Общество", "Экономика", "Спорт", "Культура", "Наука"),
        search="Поиск", most_read="Самое читаемое", latest="Лента новостей", related="Читайте также",
        newsletter="Подпишитесь на рассылку", subscribe="Подписаться", login="Войти", register="Регистрация",
        archive="Архив", cookies="Мы используем файлы cookie.", rights="Все права защищены.",
        legal="О редакции | Реклама | Контакты | Правила использования",
    ),
    "ja": Words(
        sections=("トップ", "社会", "政治", "経済", "国際", "スポーツ", "文化", "地域"),
        search="検索", most_read="アクセスランキング", latest="新着ニュース", related="関連記事",
        newsletter="メールマガジン登録", subscribe="登録", login="ログイン", register="会員登録", archive="バックナンバー",
        cookies="当サイトではクッキーを使用しています。", rights="無断転載を禁じます。", legal="会社案内 | 著作権 | お問い合わせ",
    ),
    "ko": Words(
        sections=("홈", "정치", "경제", "사회", "국제", "스포츠", "문화"),
        search="검색", most_read="많이 본 뉴스", latest="최신 기사", related="관련 기사", newsletter="뉴스레터 구독",
        subscribe="구독", login="로그인", register="회원가입", archive="지난 기사", cookies="쿠키를 사용합니다.",
        rights="무단 전재 및 재배포 금지", legal="회사소개 | 이용약관 | 개인정보처리방침 | 청소년보호정책",
    ),
    "ar": Words(
        sections=("الرئيسية", "سياسة", "اقتصاد", "رياضة", "ثقافة", "علوم", "منوعات"),
        search="بحث", most_read="الأكثر قراءة", latest="آخر الأخبار", related="مواضيع ذات صلة",
        newsletter="اشترك في النشرة البريدية", subscribe="اشتراك", login="تسجيل الدخول", register="تسجيل",
        archive="الأرشيف", cookies="نستخدم ملفات تعريف الارتباط.", rights="جميع الحقوق محفوظة",
        legal="من نحن | اتصل بنا | سياسة الخصوصية",
    ),
}  # fmt: skip
