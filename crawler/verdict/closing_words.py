"""Words by which a service, a paper or a site takes leave for ever (pure data).

They may be said of anything, so they count only where a page with them stands at every address of a host. What is closed
for a time, for a country or for some readers is a gate: `FOR_SOME` takes them back. Patterns of folded text.
"""

# ruff: noqa: E501 - tables

from __future__ import annotations

import re

CLOSED = re.compile(
    r"\b(?:has|have|was|is|were|been|we are|we have|we've)(?: now| been| permanently| officially){0,2} (?:shut ?down|discontinued|closed (?:down|for good|permanently|forever|its doors)|ceased (?:operations?|publication|publishing|trading)|retired|wound up)\b|"
    r"\b(?:shut|closed) down (?:on|in|at the end of) |\b(?:ceased|stopped|ended) (?:operations?|publication|publishing)\b|\bno longer (?:in operation|operating|published|online)\b|\b(?:service|site|website|blog) has ended\b|"
    r"(?:betrieb|erscheinen|dienst|angebot|seite|website|portal)\b[^.!?\n]{0,40} (?:eingestellt|abgeschaltet|geschlossen|beendet)\b|"
    r"\b(?:a|ont) (?:definitivement )?(?:cesse (?:son activite|ses activites|de paraitre|sa parution)|ferme (?:ses portes|definitivement))|\b(?:service|site|blog) (?:est |a ete )?(?:definitivement )?(?:ferme|arrete)\b|"
    r"\b(?:ha|han|fue) (?:sido )?(?:cerrado|clausurado|cesado|dejado de (?:publicarse|funcionar|existir))|\b(?:foi )?(?:encerrad[oa]|encerrou|descontinuad[oa]|deixou de (?:existir|funcionar|ser publicad[oa]))\b|"
    r"\b(?:ha|e stato|e stata) (?:chiuso|cessato|chiusa|cessata|dismess[oa])\b|\b(?:is|zijn) (?:definitief )?(?:gestopt|opgeheven|stopgezet|beeindigd)\b|"
    r"zakonczy[lł][ao]? (?:swoja )?dzia[lł]alnosc|(?:serwis|portal|blog|strona) (?:zosta[lł][ao]? )?(?:zamkniet[ya]|zlikwidowan[ya]|wy[lł]aczon[ya])|"
    r"прекратил[аои]? (?:свою )?(?:работу|существование|деятельность|вещание|выход)|(?:саит|проект|сервис|портал|издание)(?: \S+)? (?:закрыт|закрылся|закрылось|больше не (?:работает|существует))|"
    r"yay[iı]n hayat[iı]na son|(?:site|portal|hizmet)\w* (?:kapat[iı]ld[iı]|kapanm[iı]st[iı]r|sona erdi|sonland[iı]r[iı]ld[iı])|telah (?:ditutup|berhenti beroperasi)|da (?:ngung hoat dong|dong cua)|"
    r"(?:网站|網站|本站|服务|服務|平台|博客|部落格|论坛|論壇|频道|产品)[^.!?\n]{0,14}(?:停止(?:服务|服務|运营|運營|营运|更新|访问)|关停|關停|已(?:经|經)?(?:正式)?(?:关闭|關閉|下线|下線)|终止服务|結束服務)|"
    r"(?:サービス|サイト|ブログ|提供|運営|配信)[^.!?\n]{0,14}(?:終了(?:いたし|し|致し)|閉鎖(?:いたし|し|致し))|(?:서비스|사이트|블로그|운영)[^.!?\n]{0,12}(?:종료(?:되|하|합|했|를|안)|폐쇄)|"
    r"(?:توقف|اغلق|انهي)\w*[^.!?\n]{0,20}(?:عن (?:العمل|الصدور|البث)|نهائيا|خدمات)"
)
FOR_SOME = re.compile(
    r"temporar|\buntil\b|\bsoon\b|shortly|maint[ae]|\bregion|countr|europe|\beu\b|\beea\b|\bgdpr\b|\bvisitors? (?:from|in)\b|readers? (?:from|in)\b|\bmembers?\b|subscri|log ?in|sign ?in|"
    r"voruber|derzeit|zurzeit|\bbis (?:zum|auf)\b|wartung|temporai|bientot|pays\b|momentan|tempor|pronto|em breve|paese|pais\b|tijdelijk|tymczasow|wkrotce|kraju|временн|до \d|стран[еыу]\b|регион|gecici|ulke|sementara|tam thoi|"
    r"暂时|暫時|临时|维护|維護|升级|地区|地區|国家|國家|海外|一時|メンテナンス|地域|国から|일시|점검|지역|국가|موقت|صيانه|بلد|منطق"
)
