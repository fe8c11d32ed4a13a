"""Rosters of any size for the benches: invented names, made inside the database by INSERT .. SELECT."""

import psycopg

from core.pinyin import search_terms, sort_key

SURNAMES = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏"
    "陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳"
)
FIRST = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建文辉"
    "力志永健世广义兴良海山仁波宁贵福生龙元全国胜学祥才发武新利清"
)
SECOND = "一二三四安邦成栋恩峰光豪宏佳坤林明鸣宁鹏琪荣森涛婷威祥轩阳依宇云泽舟"
# Born by nobody above: exactly this many people have it in every roster, so that a search costs the same rows.
SEARCHED, BEARERS = "欧冶", 30
BRANCHES = 40


def prepare(owner: psycopg.Connection, *, branches: int = BRANCHES) -> None:
    """The branches and the table of names that ``grow`` draws from; ``owner`` owns the tables and autocommits."""
    from members.models import Branch

    Branch.objects.bulk_create(
        Branch(name=f"第{number}分工会", short_name=f"第{number}分会", position=number)
        for number in range(1, branches + 1)
    )
    names = [SEARCHED]
    names += [surname + first for surname in SURNAMES for first in FIRST]
    names += [surname + first + second for surname in SURNAMES for first in FIRST[:20] for second in SECOND]
    with owner.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_name (id int PRIMARY KEY, name text, pinyin text, terms text[])")
        with cursor.copy("COPY bench_name FROM STDIN") as copy:
            for number, name in enumerate(names):
                copy.write_row((number, name, sort_key(name), search_terms(name)))


def grow(owner: psycopg.Connection, size: int) -> None:
    """Add members until there are ``size``, nine in ten of them on the roll; then do what autovacuum would."""
    with owner.cursor() as cursor:
        cursor.execute("SELECT count(*), (SELECT count(*) FROM bench_name) FROM members_member")
        there, names = cursor.fetchone() or (0, 0)
        cursor.execute(
            """
            INSERT INTO members_member (staff_no, name, pinyin, search_terms, sex, ethnicity, political_status,
                                        education, title, department_name, phone, email, remark)
            SELECT 'T' || lpad(i::text, 8, '0'), n.name, n.pinyin, n.terms, (ARRAY['male', 'female'])[1 + i %% 2],
                   '', '', '', (ARRAY['讲师', '副教授', '教授', '助教'])[1 + i %% 4], '', '', '', ''
            FROM generate_series(%s::int + 1, %s::int) i
            JOIN bench_name n ON n.id = CASE WHEN i <= %s THEN 0 ELSE 1 + (i::bigint * 7919) %% (%s - 1) END
            """,
            [there, size, BEARERS, names],
        )
        cursor.execute(
            """
            INSERT INTO members_membership (member_id, branch_id, from_on, until_on, reason_in, reason_out)
            SELECT m.id, b.id, date '1990-01-01' + (m.id % 11000)::int,
                   CASE WHEN m.id % 10 = 0 THEN date '1990-01-01' + (m.id % 11000)::int + 900 END,
                   'joined', CASE WHEN m.id % 10 = 0 THEN 'retired' ELSE '' END
            FROM members_member m
            JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS place FROM members_branch) b
              ON b.place = m.id % (SELECT count(*) FROM members_branch)
            WHERE NOT EXISTS (SELECT FROM members_membership p WHERE p.member_id = m.id)
            """
        )
        cursor.execute("VACUUM ANALYZE members_member")
        cursor.execute("VACUUM ANALYZE members_membership")
