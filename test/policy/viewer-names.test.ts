import { isOfViewer } from '../../src/policy/viewer-names';

it.each([
  'viewer',
  'me',
  'viewerHasLiked',
  'viewer_can_edit',
  'ViewerHasStarred',
  'isViewer',
  'isFollowedByMe',
  'likedByMe',
  'sharedWithMe',
  'isMe',
  'isFollowingViewer',
  'isReadByViewer',
  'installedForViewer',
  'sponsorshipForViewerAsSponsor',
  'myRating',
  'my_vote',
  'currentUserCanEdit',
  'isLikedByCurrentUser',
  'loggedInUser',
])('%s depends by its name on who asks', (name) => {
  expect(isOfViewer(name)).toBe(true);
});

it.each([
  'viewers',
  'viewerCount',
  'viewer_count',
  'viewerUrl',
  'imageViewer',
  'reviewer',
  'requestedReviewer',
  'aboutMe',
  'readMe',
  'readme',
  'home',
  'mysqlVersion',
  'mySQLVersion',
  'my',
  'myopia',
  'currentPrice',
  'current',
  'user',
  'users',
  'isLiked',
  'name',
  '',
  '_',
])('%s does not', (name) => {
  expect(isOfViewer(name)).toBe(false);
});
