-- What the forum's database does by itself, besides forum.sql: figures that triggers keep, partitions, and what no log holds,
-- which is a materialised view, an unlogged table and a partition that is truncated by itself.
alter table app.post add comment_count int not null default 0;
alter table app.author add reputation bigint not null default 0;
create function app.count_comment() returns trigger as $$ begin
  if tg_op <> 'INSERT' then update app.post set comment_count=comment_count-1 where id=old.post_id; end if;
  if tg_op <> 'DELETE' then update app.post set comment_count=comment_count+1 where id=new.post_id; end if;
  return null;
end $$ language plpgsql;
create trigger counted after insert or delete or update of post_id on app.comment for each row execute function app.count_comment();
create function app.sum_scores() returns trigger as $$ begin
  update app.author a set reputation=(select coalesce(sum(score),0) from app.post p where p.author_id=a.id)
    where a.id in (select author_id from changed);
  return null;
end $$ language plpgsql;
create trigger summed after update on app.post referencing new table as changed for each statement execute function app.sum_scores();
create table app.visit(id int, day int not null, author_id int references app.author on delete cascade on update cascade, pages int not null default 1, primary key(id, day)) partition by list (day);
create schema leaf;
create table leaf.visit_1 partition of app.visit for values in (1);
create table leaf.visit_2 partition of app.visit for values in (2);
create table leaf.visit_other partition of app.visit default;
create unlogged table app.draft(id int primary key, title text not null);
create materialized view app.author_rank as select author_id, count(*)::int as posts, sum(score)::int as score from app.post group by author_id order by author_id;
update app.post p set comment_count=(select count(*) from app.comment c where c.post_id=p.id);
insert into app.visit select i, 1+i%3, 1+i%8, i from generate_series(1, 12) i;
insert into app.draft select i, 'Draft '||i from generate_series(1, 3) i;
