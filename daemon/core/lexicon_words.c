#include "core/lexicon.h"

#include "base/mem.h"

/* Stems at least three letters long, two in Chinese, Japanese and Korean.
 * What several languages share stands where it was needed first. */
const struct lexicon_list lexicon_lists[] = {
    /* English */
    {LEXICON_WORK, "en",
     "explain,describe,compar,contrast,write|,writing,draft,compose,create,"
     "develop,implement,build,generate|,outline,discuss,refactor,rework,"
     "improve,suggest,recommend,propose,plan|,plan out,difference between,"
     "differences between,pros and cons,advantage,drawback,essay,story,"
     "blog post,report on,how does,how would,how could,how should,advice,"
     "advise,tutorial,guide,solve|,solution,calculat,persua,pitch,"
     "cover letter,speech,lesson,itinerary,brainstorm,elaborate,illustrat,"
     "interpret,teach,walk me through,help me understand,what causes,"
     "product description,checklist,fix this,fix the bug,schedule,poem,"
     "dialogue,why does,why do,why did,why is my,best practices,pseudocode,"
     "tell me about,overview,prepare|,set up,configur,ideas|,tips|,should i|,"
     "decide,tell me a,introduc,feedback,what makes,review this,review my,"
     "code review,review the,how is,how are,limerick,haiku,song|,lyrics,"
     "letter to,recipe,joke"},
    {LEXICON_REASONING, "en",
     "prove|,proves,proof,derive,derivation,deduc,infer|,inference,justif,"
     "rigorous,analy,evaluat,critically,design,architect,trade-off,tradeoff,"
     "trade off,root cause,root-cause,debug,diagnos,optimi,race condition,"
     "deadlock,fault toleran,fault-toleran,step by step,step-by-step,"
     "counterexample,counter-example,hypothes,counterargument,threat model,"
     "investigat,reconcil,argue,synthesi,paradox,dilemma,reason about,"
     "think through,think hard,zero-downtime,zero downtime,lock-free,lockfree,"
     "thread-safe,thread safe,assess,linearizab,exactly-once,exactly once,"
     "in depth,in-depth,thorough,comprehensive,troubleshoot,determine whether,"
     "show that,disprov,refut,generaliz,generalis,lower bound,upper bound,"
     "closed form,quantif,what would happen,reverse engineer,reverse-engineer,"
     "prioriti,stress-test,devil's advocate"},
    {LEXICON_DEPTH, "en",
     "critique,concurren,distributed,scalab,scale to,algorithm,complexity,"
     "implication,strateg,invariant,formal,consensus,consisten,vulnerab,"
     "migrat,availability,failover,simulat,forecast,feasib,argument,philosoph,"
     "ethic,causal,roadmap,reasoning,optimal,backward,idempot,bottleneck,"
     "memory leak,intermittent,correctness,minimi,maximi,game theor,"
     "equilibrium,incentive,statistical,confound,bias,regulat,liability,"
     "jurisdiction,precedent,valuation,cash flow,second-order,edge case,"
     "worst case,worst-case,failure mode,partition,sharding,eventual,capacity,"
     "latency,throughput,nash,mechanism,multi-,experiment,methodolog,"
     "end-to-end,disaster recovery,sensitivity,compliance,non-trivial,"
     "nontrivial,risk,stakeholder,uncertain,real-time,multi-region"},
    {LEXICON_CODE, "en",
     "python,javascript,typescript,java|,c++,rust|,golang,kotlin,haskell,sql|,"
     "postgres,mysql,sqlite,mongodb,redis,regex,regular expression,function|,"
     "functions|,compile,compiler,api|,apis|,endpoint,json|,yaml,html,css|,"
     "docker,kubernetes,git|,bash|,shell script,script|,bug|,bugs|,exception,"
     "stack trace,traceback,segfault,null pointer,unit test,code|,codebase,"
     "array,struct|,pointer,thread|,threads|,mutex,async,database,schema,"
     "query|,queries,microservice,http|,tcp|,linux,kernel|,def|,return|,"
     "import|,const|,void|,int|,include|,react|,django,flask,numpy,pandas,"
     "dataframe,recursi,linked list,binary tree,hash map,hashmap,cache|,"
     "parser,lambda,malloc,std|,self|,printf,println,null|,nullptr,elif,"
     "while|,public|,static|,class|,dict|,tuple,webhook,oauth,kafka,grpc,"
     "graphql,terraform,nginx,makefile,cmake,ci/cd,frontend,backend,software,"
     "programming,dijkstra,quicksort,garbage collect,goroutine"},
    {LEXICON_MATHS, "en",
     "integral,integrate,derivative,differentiab,differential,equation,"
     "theorem,lemma,matrix,matrices,eigen,vector|,vectors|,probabilit,"
     "irrational,prime|,primes,polynomial,logarithm,sqrt,square root,converge,"
     "diverge,bayes,expected value,variance,standard deviation,combinator,"
     "permutation,geometr,trigonom,modulo,congruen,bijection,topolog,calculus,"
     "algebra,inequality,continuous,bounded,infinite,real number,integer,"
     "rational,divisible,factorial,fourier,gradient,stochastic,markov,"
     "martingale,group of order,abelian,isomorph,induction,gcd|,mod|,frac|,"
     "sum_,int_,triangle,quadratic,coefficient,asymptot,regression,"
     "normal distribution,random variable,dice|,coin|,fair coin,per hour,"
     "compound interest,mathemati,parity,recurrence"},
    {LEXICON_CONSTRAINT, "en",
     "must,without,at least,at most,exactly,no more than,no less than,only|,"
     "ensur,guarantee,never|,always|,should|,within|,requir,constrain,limit,"
     "up to|,as long as,unless,except|,avoid,support,handle|,handles|,includ,"
     "taking into account,take into account,consider,assum,given that,"
     "given a|,provided that,each of|,fewer than,less than,more than,do not|,"
     "don't,cannot,can't,has to|,have to|,needs to|,need to|,keep|,keeping|,"
     "in terms of,with respect to,tone|,audience,format|,words or,respect,"
     "satisf,per second,both|,while still,state your,cite|,mention"},
    {LEXICON_WHY, "en", "why|,what if|,how come,how many,how long,how much"},
    {LEXICON_PLAIN, "en",
     "translat,summar,rephras,paraphras,proofread,classif,extract,convert|,"
     "spell|,capitali,fix the grammar,fix the spelling,correct the,rewrite|,"
     "list|,name|,define|,tl;dr,shorten,sentiment,is this email,categori,"
     "label|,sort these,sort the following,sort this,reformat,"
     "give me a synonym,synonym,antonym,positive or negative,is this review,"
     "true or false,yes or no,correct spelling,plural of,how do you say"},

    /* German */
    {LEXICON_WORK, "de",
     "erklär,beschreib,vergleich,schreib,verfass,erstell,entwickle,entwickeln,"
     "implementier,baue|,umrei,diskutier,verbesser,schlage,schlag|,empfiehl,"
     "empfehl,unterschied,vor- und nachteile,vorteil,nachteil,aufsatz,"
     "geschichte|,anleitung,löse|,lösung,berechne,erläuter,plane|,"
     "wie funktioniert,gedicht,bewerbung,entwurf,rede|,überblick,ideen|,"
     "tipps|,warum ist,erzähl,beantworte,rezept,mach mir,stelle vor,"
     "was sind die,gib mir"},
    {LEXICON_REASONING, "de",
     "beweis,leite |,herleit,begründ,schlussfolger,bewert,beurteil,entwirf,"
     "entwerf,architektur,abwäg,wäge|,fehlersuche,diagnose,"
     "schritt für schritt,gegenbeispiel,kritisch,untersuch,widerleg,"
     "ausführlich,gründlich,zielkonflikt,zeige dass,zeigen sie,"
     "entwickle eine strategie,prüfe ob,stelle gegenüber,analysier,kritisier,"
     "optimier"},
    {LEXICON_DEPTH, "de",
     "ursache,komplexit,nebenläuf,verklemmung,wettlauf,skalier,verteilt,"
     "ausfallsicher,strategie,konsist,folgen|,auswirkung,ethisch,schwachstell,"
     "engpass,machbarkeit,prognose,korrektheit"},
    {LEXICON_CODE, "de",
     "funktion|,datenbank,programm,quelltext,quellcode,schnittstelle,skript,"
     "regulärer ausdruck,fehlermeldung,abfrage,speicherleck,klasse|,zeiger"},
    {LEXICON_MATHS, "de",
     "gleichung,ableitung,satz des,wahrscheinlichkeit,primzahl,wurzel,"
     "erwartungswert,stetig,beschränkt,natürliche zahl,ganze zahl,reelle,"
     "konvergi,ungleichung,vollständige induktion,teilbar,würfel,dreieck"},
    {LEXICON_CONSTRAINT, "de",
     "muss|,müssen,darf|,dürfen,ohne|,mindestens,höchstens,genau|,"
     "nicht mehr als,nur|,sollte,soll|,sollen,innerhalb,berück,stelle sicher,"
     "sicherstell,vermeid,unterstütz,es sei denn,außer|,maximal,minimal,"
     "jeweils,niemals,immer|,achte|,sowohl,keine|"},
    {LEXICON_WHY, "de", "warum|,weshalb,wieso,wie viele,wie lange"},
    {LEXICON_PLAIN, "de",
     "übersetz,zusammenfass,fasse|,fass|,umformulier,formuliere,korrigier,"
     "rechtschreib,extrahier,klassifizier,kürze,nenne|,liste|,definier,wandle,"
     "umwandl,sortiere"},

    /* French */
    {LEXICON_WORK, "fr",
     "expliq,décri,compare,écri,rédige,rédiger,crée|,créer|,créez|,développ,"
     "implém,construi,propos,amélior,recommand,conseil,différence,avantage,"
     "inconvénient,dissertation,histoire|,plan d,résou,résoud,calcule,"
     "comment fonctionne,lettre de motivation,poème,discours,exposé,présente,"
     "aperçu,idées|,conseils,raconte,recette,prépare,décris,rédaction,"
     "présentation de"},
    {LEXICON_REASONING, "fr",
     "démontr,prouve,preuve,dédui,justifi,analys,évalu,conçoi,concevoir,"
     "conception,architectur,compromis,cause profonde,débog,débug,"
     "étape par étape,pas à pas,contre-exemple,réfut,approfondi,rigoureu,"
     "raisonn,montre que,montrer que,montrez que,optimis,diagnosti,"
     "détermine si,confront"},
    {LEXICON_DEPTH, "fr",
     "complexité,interblocage,réparti,distribué,toléran,stratégi,cohéren,"
     "conséquence,éthique,goulot,faisabilité,enjeu"},
    {LEXICON_CODE, "fr",
     "fonction,base de données,requête,programme|,logiciel,"
     "expression régulière,message d'erreur,pointeur,fuite m"},
    {LEXICON_MATHS, "fr",
     "équation,dérivée,intégrale,théorème,probabilité,nombre premier,"
     "nombres premiers,racine,espérance,matrice,irrationnel,récurrence,"
     "polynôme,converg,continue|,borné"},
    {LEXICON_CONSTRAINT, "fr",
     "doit|,doivent,doi|,sans|,au moins,au plus,exactement,pas plus de,"
     "seulement,uniquement,jamais,toujours,évite,éviter,assure,garanti,sauf|,"
     "à condition,maximum,minimum,tenir compte,tenant compte,en tenant,limite,"
     "dois|,devr,chaque"},
    {LEXICON_WHY, "fr", "pourquoi,combien"},
    {LEXICON_PLAIN, "fr",
     "traduir,tradui,résum,reformul,corrige,extrai,classe|,classé,conjugu,"
     "défini,convertir,converti,raccourci"},

    /* Spanish (and much of Portuguese and Italian) */
    {LEXICON_WORK, "es",
     "explic,describ,escrib,redact,elabor,crea|,crear|,desarroll,implementa,"
     "constru,propon,mejora,recomien,sugier,diferencia,ventaja,desventaja,"
     "ensayo,historia de|,cuento,resuelv,solución,calcula,cómo funciona,guía|,"
     "poema,escreva,spiega,descrev,scriv,consejo,cuéntame,receta,prepara,"
     "compara,carta|,redacción,haz un,hazme"},
    {LEXICON_REASONING, "es",
     "demuestr,demostr,prueba que,justific,analiz,análisis,evalú,evalua,diseñ,"
     "arquitectura,compensac,causa raíz,depura,paso a paso,contraejemplo,"
     "crític,refuta,profund,rigor,razona,demonstr,dimostr,analizza,"
     "muestra que,prueba de que,optimiz,diagnostic,determina si,contrasta,"
     "investig"},
    {LEXICON_DEPTH, "es",
     "algoritmo,complejidad,interbloqueo,distribuid,toleran,estrateg,"
     "consecuencia,filosó,étic,cuello de botella,viabilidad,implicacion,projet"},
    {LEXICON_CODE, "es",
     "función,base de datos,consulta,programa|,expresión regular,"
     "mensaje de error,puntero,código,função"},
    {LEXICON_MATHS, "es",
     "ecuación,ecuaciones,derivada,teorema,probabilidad,número primo,"
     "números primos,raíz cuadrada,irracional,esperanza matem,matriz,"
     "polinomio,inducción,equação"},
    {LEXICON_CONSTRAINT, "es",
     "debe|,deben|,sin|,al menos,como máximo,como mínimo,exactamente,"
     "no más de,solamente,sólo|,solo|,nunca,siempre,evita,asegur,garantiz,"
     "excepto,siempre que,teniendo en cuenta,tener en cuenta,ten en cuenta,"
     "máximo|,mínimo|,límite,cada "},
    {LEXICON_WHY, "es", "por qué|,cuánt"},
    {LEXICON_PLAIN, "es",
     "traduc,traduz,resum,reformula,corrij,extrae,clasific,conjuga,defin,"
     "conviert,nombra|,enumera|,lista|"},

    /* Russian */
    {LEXICON_WORK, "ru",
     "объясн,опиш,описа,сравн,напиш,написа,состав,созда,разработай,реализу,"
     "построй,предлож,улучш,рекоменд,посовет,разниц,отличи,отличает,"
     "преимуществ,недостат,эссе|,рассказ,сочин,реши|,решите,решени,вычисл,"
     "рассчита,как работает,стих,расскажи,идеи|,идей|,совет,рецепт,подготов,"
     "придумай,письмо|,обзор,поясни"},
    {LEXICON_REASONING, "ru",
     "докаж,доказ,вывед,обоснуй,обосно,проанализ,анализ,оцен,спроектир,"
     "проектир,архитектур,компромисс,первопричин,отлад,пошагов,шаг за шагом,"
     "контрпример,критич,критик,опроверг,подробн,строг,рассужд,исследу,"
     "оптимиз,диагност,выясни,аргумент,детальн,критически,взвес"},
    {LEXICON_DEPTH, "ru",
     "алгоритм,сложност,взаимн,параллел,гонк,распредел,отказоустойч,масштаб,"
     "стратег,согласован,последстви,философ,этическ,узкое место,узких мест,"
     "гипотез,миграц"},
    {LEXICON_CODE, "ru",
     "функци,базы данных,база данных,базу данных,запрос,программ,код|,кода|,"
     "регулярн,сообщение об ошибке,указател,утечк,класс|,поток|,потоков"},
    {LEXICON_MATHS, "ru",
     "уравнен,производн,интеграл,теорем,вероятност,простых чисел,"
     "простое число,корень,иррацион,ожидани,матриц,многочлен,индукци,сходит,"
     "неравенств,делится|"},
    {LEXICON_CONSTRAINT, "ru",
     "долж,без|,не менее,не более,ровно|,только|,никогда,всегда,избега,"
     "обеспеч,гарант,кроме|,при условии,учти,учитыв,с учетом,с учётом,"
     "максимум,минимум,огранич,необходимо,требует,кажд,нельзя"},
    {LEXICON_WHY, "ru", "почему|,зачем,сколько"},
    {LEXICON_PLAIN, "ru",
     "перевед,переведи,перевест,резюмир,кратко изл,сократи,перефраз,исправь,"
     "извлек,классифиц,определи|,назови|,перечисл,преобразуй"},

    /* Chinese, simplified and traditional */
    {LEXICON_WORK, "zh",
     "解释,解釋,描述,比较,比較,对比,写一,写出,撰写,撰寫,寫一,编写,創建,创建,"
     "开发,实现,實現,构建,生成,建议,建議,推荐,区别,區別,差异,优缺点,优点,缺点,"
     "文章,故事,计划,計劃,方案,解决,解答,求解,计算,如何工作,怎么工作,原理,"
     "说明,說明,介绍,制定,改进,教程,讨论,作文,诗歌,给我写,帮我写,写一个,讲讲,"
     "讲一,概述,食谱,邮件,策划,起草,想法,帮我做,规划"},
    {LEXICON_REASONING, "zh",
     "证明,證明,推导,推導,推断,推理,论证,論證,分析,评估,評估,评价,设计,設計,"
     "架构,架構,权衡,權衡,取舍,根本原因,根因,调试,除錯,一步一步,逐步,反例,"
     "竞态,死锁,批判,反驳,深入,严格,优化,诊断,排查,论述,求证,辩证,阐明,"
     "排除故障,解析,对策,推演"},
    {LEXICON_DEPTH, "zh",
     "算法,演算法,复杂度,複雜度,並發,并发,分布式,容错,高可用,策略,一致性,影响,"
     "哲学,伦理,瓶颈,可行性,最优,假设,因果,迁移,战略,详细"},
    {LEXICON_CODE, "zh",
     "函数,函數,代码,代碼,数据库,資料庫,程序,编程,接口,正则,脚本,报错,指针,"
     "内存泄漏,线程,查询,变量,数组,软件"},
    {LEXICON_MATHS, "zh",
     "方程,导数,积分,定理,概率,質數,质数,素数,平方根,无理数,期望,矩阵,多项式,"
     "归纳法,收敛,不等式,整除,实数,连续函数,三角形"},
    {LEXICON_CONSTRAINT, "zh",
     "必须,必須,不能,不得,至少,至多,最多,恰好,不超过,只能,确保,保证,避免,除非,"
     "考虑,要求,需要,限制,以内,支持,包括,每个,不要,同时,满足"},
    {LEXICON_WHY, "zh", "为什么,為什麼,为何,多少"},
    {LEXICON_PLAIN, "zh",
     "翻译,翻譯,总结,概括,摘要,改写,润色,提取,分类,纠正,列出,定义,转换,缩写,"
     "同义词"},

    /* Japanese */
    {LEXICON_WORK, "ja",
     "説明,比較して,書いて,作成,開発,実装,構築,提案,改善,おすすめ,違い,"
     "長所と短所,メリット,デメリット,物語,計画,解いて,解決,計算,仕組み,"
     "教えてください,紹介,考えて,小説,アドバイス,書き方,アイデア,レシピ,解説,"
     "まとめて,手紙,メールを,下書き,概要,比べ,述べ"},
    {LEXICON_REASONING, "ja",
     "証明,導出,導い,推論,論証,評価,アーキテクチャ,トレードオフ,デバッグ,"
     "段階的に,競合状態,デッドロック,反論,厳密,最適化,診断,論じ,考察,示せ,"
     "示してください,論ぜよ,検討,検証,考案,反証"},
    {LEXICON_DEPTH, "ja",
     "ステップ,アルゴリズム,計算量,並行,分散,耐障害,可用性,戦略,一貫性,整合性,"
     "倫理,詳細,ボトルネック,最適,仮説,移行"},
    {LEXICON_CODE, "ja",
     "関数,コード,データベース,プログラム,正規表現,スクリプト,"
     "エラーメッセージ,ポインタ,メモリリーク,スレッド,クエリ,変数,配列,"
     "ソフトウェア"},
    {LEXICON_MATHS, "ja",
     "方程式,微分,積分,確率,無理数,期待値,行列,多項式,帰納法,収束,実数,"
     "割り切れ"},
    {LEXICON_CONSTRAINT, "ja",
     "必ず,なければ,ならない,以上,以下,ちょうど,のみ,だけ,ないでください,保証,"
     "避け,考慮,必要,制限,含め,ずつ,すること,満たす,なしで,条件"},
    {LEXICON_WHY, "ja", "なぜ,どうして,いくつ"},
    {LEXICON_PLAIN, "ja",
     "翻訳,訳して,要約,言い換え,校正,抽出,分類,定義,変換,列挙,挙げて,英語にし"},

    /* Korean */
    {LEXICON_WORK, "ko",
     "설명,비교,작성,써줘,구현,개발,제안,추천,차이,장단점,계획,해결,계산,알려,"
     "써 줘,써주세요,소개,아이디어,요리법,작동,편지,이메일"},
    {LEXICON_REASONING, "ko",
     "증명,유도,추론,분석,평가,설계,아키텍처,트레이드오프,원인,디버그,단계별,"
     "반례,비판,최적화,근거,검토,최적,검증,논하,진단,입증"},
    {LEXICON_DEPTH, "ko", "알고리즘,복잡도,동시성,교착,분산,전략,일관성"},
    {LEXICON_CODE, "ko", "함수,코드,데이터베이스,프로그램,정규식,스크립트"},
    {LEXICON_MATHS, "ko", "방정식,미분,적분,정리를,확률,소수,행렬,수열"},
    {LEXICON_CONSTRAINT, "ko",
     "반드시,최소,최대,이내,이상,이하,없이,해야,제한,포함,고려,보장"},
    {LEXICON_PLAIN, "ko", "번역,요약,추출,분류,정의,변환,나열"},

    /* Arabic, without the marks on alef */
    {LEXICON_WORK, "ar",
     "اشرح,شرح,قارن,مقارنة,اكتب,كتابة,انشئ,انشاء,طور|,نفذ|,تنفيذ,ابن|,اقترح,"
     "حسن|,تحسين,الفرق,فرق|,مزايا,عيوب,مقال,قصة,خطة,حل|,احسب,كيف يعمل,"
     "كيف تعمل,انصح,قصيدة,وضح,افكار,نصائح,وصفة,رسالة,نبذة,اعط,صغ|"},
    {LEXICON_REASONING, "ar",
     "اثبت,برهن,برهان,اثبات,استنتج,استنبط,برر|,علل|,حلل|,تحليل,قيم|,تقييم,صمم,"
     "تصميم,معمارية,مفاضلة,مقايض,السبب الجذري,تصحيح الاخطاء,خطوة بخطوة,"
     "مثال مضاد,نقدي,ناقش,بالتفصيل,تفصيل,تشخيص,بين ان,بين كيف,وضح لماذا,"
     "حسن اداء,شخص|,ادرس,دراسة"},
    {LEXICON_DEPTH, "ar",
     "خوارزمي,تعقيد,تزامن,موزع,استراتيجي,اتساق,تداعيات,اثار|,فلسف,اخلاقي,"
     "عنق الزجاجة,تحمل الاعطال,فرضي"},
    {LEXICON_CODE, "ar",
     "دالة,كود|,برنامج,قاعدة بيانات,قواعد البيانات,قاعدة البيانات,استعلام,"
     "تعبير نمطي,بايثون,جافا,مؤشر,رسالة خطا"},
    {LEXICON_MATHS, "ar",
     "معادلة,مشتق,تكامل,نظرية,مبرهنة,احتمال,عدد اولي,اعداد اولية,"
     "الاعداد الاولية,جذر,مصفوفة,كثير الحدود,استقراء,متباينة,غير نسبي"},
    {LEXICON_CONSTRAINT, "ar",
     "يجب,بدون,دون|,على الاقل,على الاكثر,بالضبط,لا يزيد,لا تزيد,فقط,ابدا,"
     "دائما,تجنب,تاكد,ضمان,يضمن,تضمن,الا اذا,بشرط,مع مراعاة,راع|,لا يتجاوز,"
     "كل من,لا تستخدم"},
    {LEXICON_WHY, "ar", "لماذا,كم|"},
    {LEXICON_PLAIN, "ar",
     "ترجم,لخص,تلخيص,اعد صياغة,صحح|,استخرج,صنف|,عرف|,حول|,اذكر"},
};

const size_t lexicon_n_lists = array_count(lexicon_lists);
